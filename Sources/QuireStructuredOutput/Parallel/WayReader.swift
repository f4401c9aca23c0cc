/// Reads bytes in all ways at once. Ways and nodes stand in arrays that only grow, so that a walk over a vocabulary takes
/// back what it has read by cutting them.
///
/// Where a rule is called several times at one place, its callers share a node: a byte takes time in proportion to the
/// ways there are, of which ``ConstraintLimits/wayCount`` are kept, those nearest to their ends.
struct WayReader {
  private let automaton: ParallelAutomaton
  /// For each state, the tokens of the shortest completion of its rule; `Distances.unreachable` for none.
  private let distances: FlatTable<Int32>
  private(set) var ways: [ReadingWays.Way]
  private(set) var nodes: [ReadingWays.Node]
  private(set) var links: [ReadingWays.Link]
  /// Nodes of the configuration that the walk began with.
  private let ownNodeCount: Int32
  /// How many returns stand above each of them at most, as far as the walk came by; the last one is of no stack at all.
  private var depths: [Int32]
  /// Returns of the configuration that were looked at; the bottom of the stack counts as one.
  private(set) var looked: Int32 = 0

  /// Nodes of the byte that is being read, by rule.
  private var created: [(rule: Int32, node: Int32)] = []
  private var pending: [ReadingWays.Way] = []
  private var seen = WaySet()
  private var found = WaySet()

  init(_ tables: ParallelTables, _ configuration: ReadingWays) {
    automaton = tables.automaton
    distances = tables.distances
    ways = configuration.ways
    nodes = configuration.nodes
    links = configuration.links
    ownNodeCount = Int32(configuration.nodes.count)
    depths = [Int32](repeating: 0, count: configuration.nodes.count + 1)
  }

  /// What has been read so far; the ways are the last ones.
  struct Mark {
    let wayCount: Int
    let nodeCount: Int
    let linkCount: Int
  }

  var mark: Mark { Mark(wayCount: ways.count, nodeCount: nodes.count, linkCount: links.count) }

  /// Forgets what was read since.
  mutating func cut(to mark: Mark) {
    ways.removeLast(ways.count - mark.wayCount)
    nodes.removeLast(nodes.count - mark.nodeCount)
    links.removeLast(links.count - mark.linkCount)
  }

  /// Tokens of the shortest completion of ways that stand there.
  func distance(_ range: Range<Int>) -> Int {
    var least = Int.max
    for index in range { least = min(least, distance(ways[index])) }
    return least
  }

  private func distance(_ way: ReadingWays.Way) -> Int {
    Int(distances.base[Int(way.state)]) + below(way.node)
  }

  private func below(_ node: Int32) -> Int { node < 0 ? 0 : Int(nodes[Int(node)].distance) }

  /// Appends the ways in which a byte can follow those in `range`; nil, with nothing appended, where there are none.
  mutating func read(_ byte: UInt8, after range: Range<Int>) -> Range<Int>? {
    let column = Int(automaton.classOfByte.base[Int(byte)])
    let (wayCount, nodeCount, linkCount) = (ways.count, nodes.count, links.count)
    created.removeAll(keepingCapacity: true)
    found.removeAll()
    if range.count == 1, let next = onlyMove(ways[range.lowerBound], column) {
      ways.append(next)
      return wayCount..<wayCount + 1
    }
    seen.removeAll()
    for index in range.reversed() { if seen.insert(ways[index]) { pending.append(ways[index]) } }
    while let way = pending.popLast() { read(column, way) }
    if ways.count == wayCount {
      nodes.removeLast(nodes.count - nodeCount)
      links.removeLast(links.count - linkCount)
      return nil
    }
    settleDistances()
    limitWays(from: wayCount)
    return wayCount..<ways.count
  }

  /// The move of a state from which there is no other way: most bytes of words and strings.
  private func onlyMove(_ way: ReadingWays.Way, _ column: Int) -> ReadingWays.Way? {
    let state = Int(way.state)
    let next = automaton.moves.base[state * automaton.classCount + column]
    guard next >= 0, distances.base[Int(next)] != Distances.unreachable,
      automaton.callOffsets.base[state] == automaton.callOffsets.base[state + 1],
      !automaton.isAccepting.base[state]
        || !automaton.follows.base[Int(automaton.ruleOfState.base[state]) * automaton.classCount + column]
    else { return nil }
    return ReadingWays.Way(state: next, node: way.node)
  }

  private mutating func read(_ column: Int, _ way: ReadingWays.Way) {
    let (state, classCount) = (Int(way.state), automaton.classCount)
    let next = automaton.moves.base[state * classCount + column]
    if next >= 0, distances.base[Int(next)] != Distances.unreachable {
      let way = ReadingWays.Way(state: next, node: way.node)
      if found.insert(way) { ways.append(way) }
    }
    if automaton.isAccepting.base[state],
      automaton.follows.base[Int(automaton.ruleOfState.base[state]) * classCount + column]
    {
      returnToCallers(way.node)
    }
    let calls = automaton.callOffsets.base[state]..<automaton.callOffsets.base[state + 1]
    for index in calls {
      let call = automaton.calls.base[Int(index)]
      guard automaton.begins.base[Int(call.rule) * classCount + column] else { continue }
      let start = automaton.starts.base[Int(call.rule)]
      guard distances.base[Int(start)] != Distances.unreachable else { continue }
      var node = way.node
      if call.target >= 0 {
        guard distances.base[Int(call.target)] != Distances.unreachable else { continue }
        node = self.node(of: call.rule)
        addLink(ReadingWays.Link(state: call.target, below: way.node, next: -1), to: node)
      }
      let inner = ReadingWays.Way(state: start, node: node)
      if seen.insert(inner) { pending.append(inner) }
    }
  }

  private mutating func returnToCallers(_ node: Int32) {
    if node < ownNodeCount {
      let place = node < 0 ? Int(ownNodeCount) : Int(node)
      looked = max(looked, depths[place] + 1)
    }
    if node < 0 { return }
    var link = nodes[Int(node)].firstLink
    while link >= 0 {
      let one = links[Int(link)]
      link = one.next
      if node < ownNodeCount {
        let place = one.below < 0 ? Int(ownNodeCount) : Int(one.below)
        depths[place] = max(depths[place], depths[Int(node)] + 1)
      }
      let way = ReadingWays.Way(state: one.state, node: one.below)
      if seen.insert(way) { pending.append(way) }
    }
  }

  private mutating func node(of rule: Int32) -> Int32 {
    for one in created where one.rule == rule { return one.node }
    let node = Int32(nodes.count)
    nodes.append(ReadingWays.Node(firstLink: -1, distance: Int32.max))
    created.append((rule, node))
    return node
  }

  private mutating func addLink(_ new: ReadingWays.Link, to node: Int32) {
    var link = nodes[Int(node)].firstLink
    var count = 0
    var (worst, greatest) = (Int32(-1), Int.min)
    while link >= 0 {
      let one = links[Int(link)]
      if one.state == new.state, one.below == new.below { return }
      let distance = Int(distances.base[Int(one.state)]) + below(one.below)
      if distance > greatest { (worst, greatest) = (link, distance) }
      count += 1
      link = one.next
    }
    if count >= ConstraintLimits.wayCount {
      if Int(distances.base[Int(new.state)]) + below(new.below) < greatest {
        (links[Int(worst)].state, links[Int(worst)].below) = (new.state, new.below)
      }
      return
    }
    var new = new
    new.next = nodes[Int(node)].firstLink
    nodes[Int(node)].firstLink = Int32(links.count)
    links.append(new)
  }

  /// The distances of the nodes of this byte, some of which stand below others of them.
  private mutating func settleDistances() {
    var isChanged = !created.isEmpty
    while isChanged {
      isChanged = false
      for (_, node) in created {
        var least = Int(Int32.max)
        var link = nodes[Int(node)].firstLink
        while link >= 0 {
          let one = links[Int(link)]
          least = min(least, Int(distances.base[Int(one.state)]) + below(one.below))
          link = one.next
        }
        if least < Int(nodes[Int(node)].distance) {
          nodes[Int(node)].distance = Int32(least)
          isChanged = true
        }
      }
    }
  }

  private mutating func limitWays(from first: Int) {
    guard ways.count - first > ConstraintLimits.wayCount else { return }
    let kept = ways[first...].enumerated().sorted {
      (distance($0.element), $0.offset) < (distance($1.element), $1.offset)
    }
    ways.removeLast(ways.count - first)
    ways += kept.prefix(ConstraintLimits.wayCount).map(\.element)
  }
}

/// A set of ways that is mostly small.
private struct WaySet {
  private var few: [ReadingWays.Way] = []
  private var many: Set<ReadingWays.Way> = []
  private static let fewCount = 24

  mutating func removeAll() {
    few.removeAll(keepingCapacity: true)
    if !many.isEmpty { many.removeAll(keepingCapacity: true) }
  }

  /// Whether it is new.
  mutating func insert(_ way: ReadingWays.Way) -> Bool {
    if many.isEmpty {
      for other in few where other == way { return false }
      few.append(way)
      if few.count > Self.fewCount { many.formUnion(few) }
      return true
    }
    return many.insert(way).inserted
  }
}
