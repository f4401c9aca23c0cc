import QuireJSON
import QuireRequests

/// Writes the file of a dialogue.
enum DialogueWriter {
  /// The file's content, one message or pair a line. Messages that a file wrote are written as they were.
  ///
  /// - Parameter givenSystem: the system text that the command line gives again next time. Pairs alone have no place for
  ///   one, and become an object's `history` where the dialogue has another.
  static func bytes(_ dialogue: Dialogue, as form: DialogueForm, givenSystem: String?) -> [UInt8] {
    var writer = JSONWriter()
    switch form {
    case .list(.messages): writeMessages(dialogue, to: &writer, indentation: 0)
    case .list(.pairs) where dialogue.system == nil || dialogue.system == givenSystem:
      writePairs(dialogue, to: &writer, indentation: 0)
    case .list(.pairs): writeObject(dialogue, .pairs, [], to: &writer)
    case .object(let list, let members): writeObject(dialogue, list, members, to: &writer)
    }
    writer.endLine()
    return writer.takeBytes()
  }

  private static func writeObject(
    _ dialogue: Dialogue, _ list: DialogueForm.List, _ members: [JSONView.Member], to writer: inout JSONWriter
  ) {
    let key = "\(list.key)"
    let writesSystem = list == .pairs && dialogue.system != nil
    writer.beginObject()
    for member in members {
      writer.breakLine(indentation: 2)
      if member.key == key {
        write(dialogue, list, to: &writer)
      } else if list == .pairs && member.key == "system" {
        writer.member("system", dialogue.system)
      } else {
        writer.carried(key: member.rawKey, value: member.value.raw)
      }
    }
    if writesSystem && !members.contains(where: { $0.key == "system" }) {
      writer.breakLine(indentation: 2)
      writer.member("system", dialogue.system)
    }
    if !members.contains(where: { $0.key == key }) {
      writer.breakLine(indentation: 2)
      write(dialogue, list, to: &writer)
    }
    writer.breakLine()
    writer.endObject()
  }

  private static func write(_ dialogue: Dialogue, _ list: DialogueForm.List, to writer: inout JSONWriter) {
    writer.key(list.key)
    switch list {
    case .messages: writeMessages(dialogue, to: &writer, indentation: 2)
    case .pairs: writePairs(dialogue, to: &writer, indentation: 2)
    }
  }

  private static func writeMessages(_ dialogue: Dialogue, to writer: inout JSONWriter, indentation: Int) {
    lines(dialogue.entries, to: &writer, indentation: indentation) { writer, entry in
      if let source = entry.source { return writer.raw(Array(source.text.utf8)) }
      writer.object { writer in
        writer.member("role", entry.message.role.rawValue)
        writer.member("content", entry.message.content)
      }
    }
  }

  /// A question that waits for its answer is no pair.
  private static func writePairs(_ dialogue: Dialogue, to writer: inout JSONWriter, indentation: Int) {
    let turns = dialogue.messages.dropFirst(dialogue.system == nil ? 0 : 1)
    let pairs = zip(turns, turns.dropFirst()).filter { $0.role == .user && $1.role == .assistant }
    lines(pairs, to: &writer, indentation: indentation) { writer, pair in
      writer.array([pair.0, pair.1]) { $0.string($1.content) }
    }
  }

  private static func lines<Element>(
    _ elements: [Element], to writer: inout JSONWriter, indentation: Int,
    _ write: (inout JSONWriter, Element) -> Void
  ) {
    writer.beginArray()
    for element in elements {
      writer.breakLine(indentation: indentation + 2)
      write(&writer, element)
    }
    if !elements.isEmpty { writer.breakLine(indentation: indentation) }
    writer.endArray()
  }
}
