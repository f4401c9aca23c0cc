import ArgumentParser
import QuirePlatform
import QuireScheduleTools
import QuireScheduling

/// `schedule-simulation`: runs the scheduler over a million requests on a made-up clock, and tells how it did.
@main
struct ScheduleSimulationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule-simulation",
    abstract: "Run the scheduler, without a model, over made-up requests on a made-up clock.",
    discussion: "Figures depend on the options alone, but for the real times of the scheduler's steps.")

  @OptionGroup(title: "Requests") var requests: RequestOptions
  @OptionGroup(title: "Scheduler") var limits: SchedulerOptions
  @OptionGroup(title: "Made-up clock") var clock: ClockOptions
  @Flag(help: "Write one JSON object instead of tables.") var json = false

  func run() throws {
    let workload = try requests.workload()
    let configuration = limits.configuration
    var simulation: ScaleSimulation
    do throws(SchedulerConfigurationError) {
      simulation = try ScaleSimulation(workload, configuration, cost: clock.cost)
    } catch {
      throw ValidationError(error.description)
    }
    let report = simulation.run()
    let summary = ScaleSummary(
      report, blockCount: configuration.blockCount, peakResidentBytes: SystemMemory.peakResidentBytes())
    print(json ? try summary.json : summary.tables)
  }
}
