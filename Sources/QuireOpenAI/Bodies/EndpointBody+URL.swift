extension EndpointBody {
  /// Whether a url of a batch line names this endpoint: its path alone, behind a host or a path of its own, as gateways and
  /// Azure have them, and with a query or without.
  package static func isNamed(by url: String) -> Bool {
    var rest = url.prefix { $0 != "?" && $0 != "#" }
    while rest.last == "/" { rest = rest.dropLast() }
    if rest == path || rest.hasSuffix(path) { return true }
    if otherPaths.contains(where: { rest.hasSuffix($0) }) { return true }
    // Azure leaves out the version, and says which model is asked before the endpoint.
    let short = path.dropFirst("/v1".count)
    if rest == short { return true }
    guard rest.hasSuffix(short) else { return false }
    let parts = rest.dropLast(short.count).split(separator: "/")
    return parts.last == "openai" || parts.dropLast().last == "deployments"
  }
}
