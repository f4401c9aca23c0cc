import QuireJSON
import QuireRequests

/// The events that tell a response as it grows: its items with their texts, and at the end the whole object.
struct ResponseStream: AnswerStream {
  private let frame: StreamFrame
  private let body: ResponseBody
  private let names: ResponseItems
  private var reader: ToolCallReader?

  /// Events so far, which number them.
  private var eventCount = 0
  /// Items so far: an item's place in `output`.
  private var itemCount = 0
  private var thought: Item?
  private var message: Item?
  private var calls: [Item] = []
  private var logprobs: [PositionLogprobs] = []

  /// An item that has begun.
  private struct Item {
    let place: Int
    var text = ""
    var name = ""
  }

  init(_ frame: StreamFrame, _ body: ResponseBody) {
    self.frame = frame
    self.body = body
    names = ResponseItems(body: body, answerName: frame.name, tokenizer: frame.tokenizer)
    reader = ToolCallReader(body.tools)
  }

  mutating func take(_ update: RequestUpdate) -> [[UInt8]] {
    var events = Events(count: eventCount)
    defer { eventCount = events.count }
    if eventCount == 0 {
      for type in ["response.created", "response.in_progress"] {
        events.add(type) { writer in
          writer.key("response")
          open(&writer)
        }
      }
    }
    if !update.reasoning.isEmpty { think(update.reasoning, &events) }
    let positions = update.logprobs ?? []
    logprobs += positions
    var said = ""
    for event in reader.events(of: update) {
      switch event {
      case .content(let text): said += text
      case .call(let call):
        if !said.isEmpty { say(said, [], &events) }
        said = ""
        begin(call, &events)
      case .furtherArguments(let text): go(on: text, &events)
      }
    }
    if !said.isEmpty { say(said, positions, &events) }
    if let output = update.output { end(output, &events) }
    return events.told
  }

  /// None: the last event has the counts.
  func finish() -> [UInt8]? { nil }

  private func open(_ writer: inout JSONWriter) {
    let output = RequestOutput(promptTokenIDs: [], outputs: [])
    ResponseObject(body: body, answer: answer(output), isOpen: true).write(to: &writer)
  }

  private func answer(_ output: RequestOutput) -> AnswerObject {
    AnswerObject(outputs: [output], name: frame.name, modelName: frame.modelName, tokenizer: frame.tokenizer)
  }

  private mutating func think(_ text: String, _ events: inout Events) {
    if thought == nil {
      thought = Item(place: itemCount)
      itemCount += 1
      events.tell("added", at: thought?.place ?? 0) { names.thought(nil, of: 0, "in_progress", &$0) }
    }
    thought?.text += text
    events.tell("reasoning_text.delta", of: names.id("rs", 0), at: thought?.place ?? 0) {
      $0.member("delta", text)
    }
  }

  private mutating func say(_ text: String, _ positions: [PositionLogprobs], _ events: inout Events) {
    if message == nil { beginMessage(&events) }
    message?.text += text
    events.tell("output_text.delta", of: names.id("msg", 0), at: message?.place ?? 0) { writer in
      writer.member("delta", text)
      writer.key("logprobs")
      names.logprobs(positions, &writer)
    }
  }

  private mutating func beginMessage(_ events: inout Events) {
    let place = itemCount
    message = Item(place: place)
    itemCount += 1
    events.tell("added", at: place) { names.message(nil, [], of: 0, "in_progress", &$0) }
    events.tell("content_part.added", of: names.id("msg", 0), at: place) { writer in
      writer.key("part")
      names.part("", [], &writer)
    }
  }

  private mutating func begin(_ call: ToolCall, _ events: inout Events) {
    let number = calls.count
    calls.append(Item(place: itemCount, name: call.name))
    itemCount += 1
    events.tell("added", at: calls[number].place) {
      names.call(ToolCall(name: call.name, arguments: ""), number, of: 0, "in_progress", &$0)
    }
    go(on: call.arguments, &events)
  }

  private mutating func go(on arguments: String, _ events: inout Events) {
    let number = calls.count - 1
    calls[number].text += arguments
    events.tell(
      "function_call_arguments.delta", of: names.id("fc_\(number)", 0), at: calls[number].place,
      hasParts: false
    ) { $0.member("delta", arguments) }
  }

  private mutating func end(_ output: RequestOutput, _ events: inout Events) {
    let isCut = output.outputs.contains { $0.finishReason == .length }
    let status = isCut ? "incomplete" : "completed"
    if let thought {
      events.tell("reasoning_text.done", of: names.id("rs", 0), at: thought.place) {
        $0.member("text", thought.text)
      }
      events.tell("done", at: thought.place) { names.thought(thought.text, of: 0, status, &$0) }
    }
    if message == nil, calls.isEmpty { beginMessage(&events) }
    if let message {
      let id = names.id("msg", 0)
      events.tell("output_text.done", of: id, at: message.place) { writer in
        writer.member("text", message.text)
        writer.key("logprobs")
        names.logprobs(logprobs, &writer)
      }
      events.tell("content_part.done", of: id, at: message.place) { writer in
        writer.key("part")
        names.part(message.text, logprobs, &writer)
      }
      events.tell("done", at: message.place) {
        names.message(message.text, logprobs, of: 0, status, &$0)
      }
    }
    for (number, call) in calls.enumerated() {
      events.tell(
        "function_call_arguments.done", of: names.id("fc_\(number)", 0), at: call.place, hasParts: false
      ) { writer in
        writer.member("name", call.name)
        writer.member("arguments", call.text)
      }
      events.tell("done", at: call.place) {
        names.call(ToolCall(name: call.name, arguments: call.text), number, of: 0, "completed", &$0)
      }
    }
    events.add(isCut ? "response.incomplete" : "response.completed") { writer in
      writer.key("response")
      ResponseObject(body: body, answer: answer(output)).write(to: &writer)
    }
  }
}

/// Events that are told together.
private struct Events {
  private(set) var told: [[UInt8]] = []
  /// Of those, and of all before them.
  private(set) var count: Int

  init(count: Int) { self.count = count }

  mutating func add(_ type: String, _ members: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", type)
      writer.member("sequence_number", count)
      members(&writer)
    }
    count += 1
    told.append(writer.takeBytes())
  }

  /// An event of an item that begins or ends.
  mutating func tell(_ type: String, at place: Int, _ item: (inout JSONWriter) -> Void) {
    add("response.output_item.\(type)") { writer in
      writer.member("output_index", place)
      writer.key("item")
      item(&writer)
    }
  }

  /// An event of an item's text.
  mutating func tell(
    _ type: String, of id: String, at place: Int, hasParts: Bool = true, _ members: (inout JSONWriter) -> Void
  ) {
    add("response.\(type)") { writer in
      writer.member("item_id", id)
      writer.member("output_index", place)
      if hasParts { writer.member("content_index", 0) }
      members(&writer)
    }
  }
}
