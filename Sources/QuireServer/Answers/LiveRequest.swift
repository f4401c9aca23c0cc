import QuireBatch
import QuireJSON
import QuireOpenAI

/// What a body asks for, once it has been found right.
struct LiveRequest: Sendable {
  /// The body, read.
  let body: any EndpointBody
  /// How the answer is streamed; nil for one object.
  let stream: StreamOptions?
  /// The model that the body names; nil where it names none.
  let model: String?
  /// What the answer's ids and random numbers come from.
  let identity: LineIdentity

  /// Reads a body as a line of a batch is read.
  ///
  /// The request is the line `{"method":"POST","url":…,"body":…}` without a `custom_id`, whose body stands there as it was
  /// sent; `stream` and `stream_options` of a body that asks for a stream are no part of it.
  init<Body: EndpointBody>(
    _ endpoint: Body.Type, _ bytes: [UInt8], _ defaults: BodyDefaults, runSeed: Int64
  ) throws(InputError) {
    let view = try JSONView.object(bytes, named: "the body")
    var fields = try view.members()
    let asSent = fields
    stream = try StreamOptions.take(from: &fields)
    body = try Body(fields, defaults)
    model = fields.first { $0.key == "model" && $0.value.kind == .string }?.value.decodedString
    var line = JSONWriter()
    line.object { line in
      line.member("method", "POST")
      line.member("url", Body.path)
      line.key("body")
      line.raw(view.bytes(of: asSent, keeping: Set(fields.map(\.rawKey))))
    }
    identity = LineIdentity(firstOf: line.takeBytes(), runSeed: runSeed)
  }
}

extension JSONView {
  /// The bytes of an object as they were sent, without some of its members and what parts these from the next.
  /// - Parameter kept: the keys, as typed, of the members that stay.
  fileprivate func bytes(of members: [Member], keeping kept: Set<ArraySlice<UInt8>>) -> [UInt8] {
    guard kept.count < members.count, let first = members.first, let last = members.last else {
      return Array(raw)
    }
    var bytes = Array(raw[..<first.rawKey.startIndex])
    var separator: ArraySlice<UInt8> = []
    for (index, member) in members.enumerated() where kept.contains(member.rawKey) {
      bytes += separator + raw[member.rawKey.startIndex..<member.value.raw.endIndex]
      if index + 1 < members.count {
        separator = raw[member.value.raw.endIndex..<members[index + 1].rawKey.startIndex]
      }
    }
    return bytes + raw[last.value.raw.endIndex...]
  }
}
