import QuirePlatform
import Testing

@Suite("ProcessorCount")
struct ProcessorCountTests {
  @Test("at least one processor is usable")
  func atLeastOne() {
    #expect(ProcessorCount.usable() >= 1)
  }

  @Test("a CPU quota counts as whole processors, rounded up")
  func quotas() {
    #expect(ProcessorCount.processors(quota: 200_000, period: 100_000) == 2)
    #expect(ProcessorCount.processors(quota: 150_000, period: 100_000) == 2)
    #expect(ProcessorCount.processors(quota: 1, period: 100_000) == 1)
    #expect(ProcessorCount.processors(quota: -1, period: 100_000) == nil)
    #expect(ProcessorCount.processors(quota: 100_000, period: 0) == nil)
  }

  @Test("the least quota counts of the group and of all above it, in either version of control groups")
  func groups() {
    func quota(_ list: String, _ files: [String: String]) -> Int? {
      ControlGroups(list).processorQuota { files[$0] }
    }
    let root = "/sys/fs/cgroup"
    let unified = "0::/user.slice/job:1\n"
    #expect(quota(unified, [root + "/user.slice/job:1/cpu.max": "150000 100000\n"]) == 2)
    #expect(
      quota(
        unified,
        [
          root + "/user.slice/job:1/cpu.max": "max 100000\n", root + "/user.slice/cpu.max": "400000 100000\n",
          root + "/cpu.max": "max 100000\n",
        ]) == 4)
    #expect(quota(unified, [root + "/user.slice/job:1/cpu.max": "max 100000\n"]) == nil)
    #expect(quota("0::/a/../b\n", [root + "/cpu.max": "100000 100000\n"]) == 1)
    let first = "9:name=systemd:/\n4:cpu,cpuacct:/jobs/7\n3:cpuset:/x\n"
    for mount in ["/cpu", "/cpu,cpuacct"] {
      #expect(
        quota(
          first,
          [
            root + mount + "/jobs/7/cpu.cfs_quota_us": "250000\n",
            root + mount + "/jobs/7/cpu.cfs_period_us": "100000\n",
            root + mount + "/jobs/cpu.cfs_quota_us": "-1\n",
            root + mount + "/jobs/cpu.cfs_period_us": "100000\n",
          ]) == 3)
    }
    #expect(quota(first, [root + "/x/cpu.cfs_quota_us": "1\n", root + "/x/cpu.cfs_period_us": "1\n"]) == nil)
    // In a container the list may name a path that is not to be seen there.
    #expect(quota("0::/outside\n", [root + "/cpu.max": "200000 100000\n"]) == 2)
    #expect(quota("", [:]) == nil && quota("nonsense", [root + "/cpu.max": "words"]) == nil)
  }

  @Test("memory nodes count where they hold a processor that may be used")
  func memoryNodes() {
    let lists = [0: "0-3,8-11\n", 1: "4-7", 4: "12", 5: ""]
    func count(_ nodes: String, _ allowed: String) -> Int {
      MemoryNodes.usableCount(nodes: nodes, allowed: allowed) { lists[$0] }
    }
    #expect(count("0-1,4-5\n", "0-15") == 3)
    #expect(count("0-1,4-5\n", "\t10\n") == 1)
    #expect(count("0-1,4-5", "3-4") == 2)
    #expect(count("0-1", "12") == 1)
    #expect(count("", "") == 1 && count("9", "0-3") == 1 && count("x,3-1,-4,0", "0") == 1)
    #expect(count("0-999999999999", "0") == 1)
    #expect(MemoryNodes.usableCount() >= 1)
  }
}
