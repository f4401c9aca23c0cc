import Foundation
import QuireJSON
import QuireModelFiles

/// The hub of ModelScope.
///
/// Paths: `/api/v1/models/ID/repo/files?Revision=REV&Recursive=True` lists files, `/api/v1/models/ID/repo?Revision=REV&FilePath=PATH`
/// gives their bytes. Source: modelscope_hub's `_legacy_api.py`.
struct ModelScopeHub: Hub {
  let endpoint: URL
  let credentials: [String: String]

  /// Lists that a server cuts without saying so have this many entries.
  private static let truncationLimit = 3000

  /// The hub that `MODELSCOPE_ENDPOINT` names, or `MODELSCOPE_DOMAIN` without a scheme; asked with the token of
  /// `MODELSCOPE_API_TOKEN`.
  init(environment: [String: String]) throws(HubError) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let address = value("MODELSCOPE_ENDPOINT") {
      endpoint = try HubAddress.endpoint(address, variable: "MODELSCOPE_ENDPOINT")
    } else {
      let domain = value("MODELSCOPE_DOMAIN") ?? "www.modelscope.cn"
      endpoint = try HubAddress.endpoint(
        domain.contains("://") ? domain : "https://" + domain, variable: "MODELSCOPE_DOMAIN")
    }
    let token = try HubAddress.token(environment["MODELSCOPE_API_TOKEN"], from: "MODELSCOPE_API_TOKEN")
    credentials = token.map { ["Authorization": "Bearer " + $0, "Cookie": "m_session_id=" + $0] } ?? [:]
  }

  private func url(_ reference: ModelReference, _ rest: String) -> URL {
    let id = reference.components.map(HubAddress.escaped).joined(separator: "/")
    return URL(string: endpoint.absoluteString + "/api/v1/models/\(id)/repo" + rest)!
  }

  func listing(
    _ reference: ModelReference, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubListing {
    let revision = reference.revision ?? "master"
    let subject = "\(reference.id)@\(revision)"
    let request = HTTPRequest(
      url: url(reference, "/files?Revision=\(HubAddress.escaped(revision))&Recursive=True"),
      headers: ["Accept": "application/json", "Accept-Encoding": "identity"], credentials: credentials)
    let (response, body) = try client.text(request, policy)
    guard response.status == 200 else { throw refusal(response, body, subject) }
    let json = try HubAddress.json(body, subject)
    guard case .array(let entries)? = json["Data"]?["Files"] else {
      let told = json["Message"]?.text.map { ": " + Excerpt.bare($0, limit: 200) } ?? ""
      throw HubError(.unusable, "\(subject): the hub's answer has no files (Data.Files)\(told)")
    }
    guard entries.count < Self.truncationLimit else {
      throw HubError(
        .unusable,
        "\(subject): the hub lists \(entries.count) files, as many as it lists at most; some may be missing")
    }
    var files: [HubFile] = []
    for entry in entries where entry["Type"]?.text != "tree" {
      guard let path = entry["Path"]?.text else {
        throw HubError(.unusable, "\(subject): the hub lists a file without a path (Path)")
      }
      let checksum = (entry["Sha256"]?.text).flatMap(Checksum.init(hexadecimal:))
      files.append(
        HubFile(
          path: path, byteCount: HubAddress.byteCount(entry["Size"]), checksum: checksum,
          contentName: path))
    }
    return HubListing(commit: revision, files: try HubAddress.checked(files, subject))
  }

  func completed(
    _ file: HubFile, _ reference: ModelReference, commit: String, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubFile { file }

  func request(for file: HubFile, _ reference: ModelReference, commit: String) -> HTTPRequest {
    HTTPRequest(
      url: url(
        reference, "?Revision=\(HubAddress.escaped(commit))&FilePath=\(HubAddress.escaped(file.path))"),
      headers: ["Accept-Encoding": "identity"], credentials: credentials)
  }

  func refusal(_ response: HTTPResponse, _ body: [UInt8], _ subject: String) -> HubError {
    let message = (try? HubAddress.json(body, subject))?["Message"]?.text
    let told = message.map { ": " + Excerpt.bare($0, limit: 200) } ?? ""
    switch response.status {
    case 401, 403:
      let login =
        credentials.isEmpty
        ? "set MODELSCOPE_API_TOKEN to a token that has access" : "the token that was sent has no access"
      return HubError(.missing, "\(subject): the hub does not give it to everybody\(told); \(login)")
    case 404:
      return HubError(
        .missing, "\(subject): the hub \(endpoint.serverName) has no such model, revision or file\(told)")
    default:
      return HubError(
        .inputOutput, "\(subject): the hub \(endpoint.serverName) answers \(response.status)\(told)")
    }
  }
}
