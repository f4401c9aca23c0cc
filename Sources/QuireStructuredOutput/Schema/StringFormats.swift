/// Formats of strings as regular expressions. Each admits a part of what its specification does: what every validator takes.
enum StringFormats {
  private static let monthAndDay =
    "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
  /// Dates from year 1 on; no 29 February, which only some years have.
  private static let date = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-" + monthAndDay
  /// RFC 3339 without leap seconds.
  private static let time =
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+\\-]([01][0-9]|2[0-3]):[0-5][0-9])"
  private static let byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
  /// Labels of letters, digits and inner hyphens.
  private static let label = "[A-Za-z0-9]([A-Za-z0-9\\-]{0,30}[A-Za-z0-9])?"

  static let expressions: [String: String] = [
    "date": date,
    "time": time,
    "date-time": date + "T" + time,
    // ISO 8601 with at least one part, years to seconds, or weeks.
    "duration":
      "P([0-9]{1,4}W|[0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}D"
      + "|([0-9]{1,4}D)?T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S))",
    "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "email":
      "[A-Za-z0-9_%+\\-]{1,32}(\\.[A-Za-z0-9_%+\\-]{1,15}){0,2}@(\(label)\\.){1,3}[A-Za-z]{2,10}",
    "hostname": "(\(label)\\.){0,4}[A-Za-z]([A-Za-z0-9\\-]{0,30}[A-Za-z0-9])?",
    "ipv4": "(\(byte)\\.){3}\(byte)",
    // Eight groups written out.
    "ipv6": "([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}",
    "uri":
      "https?://(\(label)\\.){1,3}[A-Za-z]{2,10}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~\\-]{1,40}){0,8}/?"
      + "(\\?[A-Za-z0-9._~=&\\-]{1,80})?",
  ]
}
