/// Which nodes of a directed graph lie on a circle, and an order in which each comes behind those that it leads to.
///
/// Tarjan's strongly connected components (SIAM Journal on Computing 1, 1972), without recursion. Linear time.
struct Components {
  /// For each node, the number of its component; nodes that lead to one another share it.
  private(set) var numbers: [Int32]
  /// For each node, whether it leads back to itself.
  private(set) var isOnCircle: [Bool]
  /// All nodes, each behind those of other components that it leads to.
  private(set) var order: [Int32] = []

  init(_ successors: [[Int32]]) {
    let count = successors.count
    numbers = [Int32](repeating: -1, count: count)
    isOnCircle = [Bool](repeating: false, count: count)
    var indices = [Int32](repeating: -1, count: count)
    var lows = [Int32](repeating: 0, count: count)
    var stack: [Int32] = []
    var isOnStack = [Bool](repeating: false, count: count)
    var next: Int32 = 0
    var componentCount: Int32 = 0
    for root in 0..<count where indices[root] < 0 {
      var path: [(node: Int, edge: Int)] = []
      func enter(_ node: Int) {
        indices[node] = next
        lows[node] = next
        next += 1
        stack.append(Int32(node))
        isOnStack[node] = true
        path.append((node, 0))
      }
      enter(root)
      while let (node, edge) = path.last {
        if edge < successors[node].count {
          path[path.count - 1].edge += 1
          let target = Int(successors[node][edge])
          if target == node { isOnCircle[node] = true }
          if indices[target] < 0 {
            enter(target)
          } else if isOnStack[target] {
            lows[node] = min(lows[node], indices[target])
          }
          continue
        }
        path.removeLast()
        if let parent = path.last?.node { lows[parent] = min(lows[parent], lows[node]) }
        guard lows[node] == indices[node] else { continue }
        let first = stack.lastIndex(of: Int32(node))!
        for member in stack[first...] {
          numbers[Int(member)] = componentCount
          isOnStack[Int(member)] = false
          if stack.count - first > 1 { isOnCircle[Int(member)] = true }
          order.append(member)
        }
        stack.removeLast(stack.count - first)
        componentCount += 1
      }
    }
  }
}
