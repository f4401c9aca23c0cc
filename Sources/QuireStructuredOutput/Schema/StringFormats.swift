/// Formats of strings as regular expressions. Each admits a part of what its specification does: what every validator takes.
enum StringFormats {
  private static let monthAndDay =
    "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
  /// Dates from year 1 on; no 29 February, which only some years have.
  private static let date = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-" + monthAndDay
  private static let clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
  /// RFC 3339 without leap seconds.
  private static let time = clock + "(\\.[0-9]{1,6})?(Z|[+\\-]([01][0-9]|2[0-3]):[0-5][0-9])"
  private static let byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
  private static let ipv4 = "(\(byte)\\.){3}\(byte)"
  /// Labels of letters, digits and single hyphens within; two of them may say that a label is an encoded one.
  private static let label = "[A-Za-z0-9](-?[A-Za-z0-9]){0,30}"
  private static let hostname = "(\(label)\\.){0,4}[A-Za-z](-?[A-Za-z0-9]){0,30}"
  private static let email =
    "[A-Za-z0-9_%+\\-]{1,32}(\\.[A-Za-z0-9_%+\\-]{1,15}){0,2}@(\(label)\\.){1,3}[A-Za-z]{2,10}"

  /// Eight groups written out, or fewer with one gap among them.
  private static let ipv6: String = {
    let group = "[0-9a-fA-F]{1,4}"
    let gaps = (1...6).map { "(\(group):){\($0)}(:\(group)){1,\(7 - $0)}" }
    return (["(\(group):){7}\(group)", "::", "(\(group):){1,6}:", "::(\(group):){0,5}\(group)"] + gaps)
      .joined(separator: "|")
  }()

  private static let unreserved = "A-Za-z0-9._~!$&'()*+,;=@\\-"
  /// Letters beyond ASCII that internationalised identifiers take, without those that are written from right to left.
  private static let letters = "\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u4E00-\\u9FA5"

  /// A URI (RFC 3986), its path and what follows of `extra` letters as well.
  private static func uri(_ extra: String) -> String {
    let host = "(\(hostname)|\(ipv4))(:[1-9][0-9]{0,3})?"
    let character = "([\(unreserved):\(extra)]|%[0-9A-Fa-f]{2})"
    return "[A-Za-z][A-Za-z0-9+.\\-]{0,15}:(//\(host)(/\(character)*)*|\(character)+(/\(character)*)*)"
      + rest(character)
  }

  /// What stands behind a path.
  private static func rest(_ character: String) -> String {
    "(\\?(\(character)|[/?])*)?(#(\(character)|[/?])*)?"
  }

  /// A URI or what is relative to one.
  private static func reference(_ extra: String) -> String {
    let character = "([\(unreserved):\(extra)]|%[0-9A-Fa-f]{2})"
    let first = "([\(unreserved)\(extra)]|%[0-9A-Fa-f]{2})"
    return "(\(uri(extra))|(/|/?\(first)+(/\(character)+)*/?)?\(rest(character)))"
  }

  private static let pointer = "(/([^/~]|~[01])*)*"

  /// Regular expressions that every dialect reads: classes, groups in groups in groups, quantifiers.
  private static let regex: String = {
    let quantifier = "([*+?]|\\{[1-9]\\}|\\{[0-9],\\}|\\{[0-4],[5-9]\\})?"
    let letter = "[A-Za-z0-9 _/:;,@#%&=~!\"'<>\\-]"
    let escape = "\\\\[dDwWsSnrt.*+?()\\[\\]{}|^$/\\\\]"
    let member = "(a-z|A-Z|0-9|a-f|A-F|[A-Za-z0-9_ .:;,@#%=!*+?()/]|\\\\[dwsnrt.\\-\\]\\\\])"
    let atom = "\(letter)|\\.|\(escape)|\\[\\^?\(member)+-?\\]"
    var inner = "(\(atom))\(quantifier)"
    for _ in 0..<3 {
      let sequence = "(\(inner))*"
      inner = "(\(atom)|\\((\\?:)?\(sequence)(\\|\(sequence))*\\))\(quantifier)"
    }
    return "\\^?(\(inner))*\\$?(\\|\\^?(\(inner))*\\$?)*"
  }()

  static let expressions: [String: String] = [
    "date": date,
    "time": time,
    "date-time": date + "T" + time,
    // ISO 8601 with at least one part, years to seconds, or weeks.
    "duration":
      "P([0-9]{1,4}W|[0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}D"
      + "|([0-9]{1,4}D)?T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S))",
    "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "email": email, "idn-email": email,
    "hostname": hostname, "idn-hostname": hostname,
    "ipv4": ipv4, "ipv6": ipv6,
    "uri": uri(""), "iri": uri(letters),
    "uri-reference": reference(""), "iri-reference": reference(letters),
    "uri-template": "([A-Za-z0-9._~:/?&=#\\-]|\\{[A-Za-z0-9_]+\\})*",
    "json-pointer": pointer,
    // No digit behind a zero, which some validators take for a leading one.
    "relative-json-pointer": "(0|[1-9]{1,3}0?)(#|\(pointer))",
    "regex": regex,
  ]

  /// Formats of draft 3, whose names mean something else or nothing in the others.
  static let draft3: [String: String] = [
    "time": clock, "ip-address": ipv4, "host-name": hostname, "color": "#[0-9a-fA-F]{6}",
  ]
}
