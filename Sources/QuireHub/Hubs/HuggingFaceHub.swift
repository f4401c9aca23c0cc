import Foundation
import QuireJSON
import QuireModelFiles

/// Hugging Face's hub, or a mirror of it.
///
/// Paths: `/api/models/ID/revision/REV?blobs=true` lists a revision's files, `/ID/resolve/COMMIT/PATH` gives their bytes,
/// for large ones by a redirection to another server. Source: huggingface_hub 1.0, `hf_api.py` and `file_download.py`.
struct HuggingFaceHub: Hub {
  let endpoint: URL
  let credentials: [String: String]

  /// The hub that `HF_ENDPOINT` names, asked with the token of `HF_TOKEN` or of the file that the login tool writes.
  init(environment: [String: String]) throws(HubError) {
    let caches = HubCaches(environment: environment)
    endpoint = try HubAddress.endpoint(
      environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? "https://huggingface.co",
      variable: "HF_ENDPOINT")
    var token: String?
    for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] where token == nil {
      token = try HubAddress.token(environment[name], from: name)
    }
    let isAsked = ["1", "ON", "YES", "TRUE"].contains(
      environment["HF_HUB_DISABLE_IMPLICIT_TOKEN", default: ""].uppercased())
    let path = caches.path("HF_TOKEN_PATH") ?? caches.huggingFaceHome + "/token"
    if token == nil, !isAsked, let text = try? String(contentsOfFile: path, encoding: .utf8) {
      token = try HubAddress.token(text, from: path)
    }
    credentials = token.map { ["Authorization": "Bearer " + $0] } ?? [:]
  }

  private func url(_ path: String) -> URL { URL(string: endpoint.absoluteString + path)! }

  func listing(
    _ reference: ModelReference, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubListing {
    let revision = reference.revision ?? "main"
    let subject = "\(reference.id)@\(revision)"
    let id = reference.components.map(HubAddress.escaped).joined(separator: "/")
    let request = HTTPRequest(
      url: url("/api/models/\(id)/revision/\(HubAddress.escaped(revision))?blobs=true"),
      headers: ["Accept": "application/json", "Accept-Encoding": "identity"], credentials: credentials)
    let (response, body) = try client.text(request, policy)
    guard response.status == 200 else { throw refusal(response, body, subject) }
    let json = try HubAddress.json(body, subject)
    guard let commit = json["sha"]?.text, ModelReference.isPlainName(commit),
      case .array(let siblings)? = json["siblings"]
    else {
      throw HubError(.unusable, "\(subject): the hub's answer has no commit (sha) or no files (siblings)")
    }
    var files: [HubFile] = []
    for sibling in siblings {
      guard let path = sibling["rfilename"]?.text else {
        throw HubError(.unusable, "\(subject): the hub lists a file without a name (rfilename)")
      }
      let large = sibling["lfs"]
      let hash = large?["sha256"]?.text ?? large?["oid"]?.text ?? sibling["blobId"]?.text
      let checksum = hash.flatMap(Checksum.init(hexadecimal:))
      files.append(
        HubFile(
          path: path,
          byteCount: HubAddress.byteCount(large?["size"]) ?? HubAddress.byteCount(sibling["size"]),
          checksum: checksum, contentName: checksum?.text ?? ""))
    }
    return HubListing(commit: commit, files: try HubAddress.checked(files, subject))
  }

  func completed(
    _ file: HubFile, _ reference: ModelReference, commit: String, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubFile {
    guard file.contentName.isEmpty || file.byteCount == nil else { return file }
    var request = request(for: file, reference, commit: commit)
    request.method = "HEAD"
    let (response, body) = try client.text(request, policy, staysOnServer: true)
    guard (200..<400).contains(response.status) else {
      throw refusal(response, body, "\(reference.id): \(file.path)")
    }
    var tag = response.headers["x-linked-etag"] ?? response.headers["etag"] ?? ""
    if tag.hasPrefix("W/") { tag.removeFirst(2) }
    tag = tag.trimmingCharacters(in: ["\""])
    guard ModelReference.isPlainName(tag) else {
      throw HubError(
        .unusable,
        "\(reference.id): \(file.path): the hub gives it no name in the cache (ETag is \(Excerpt.quoted(tag)))"
      )
    }
    var file = file
    // Of a redirection the length is that of its own body.
    let length = response.status < 300 ? response.integer("content-length") : nil
    file.byteCount = response.integer("x-linked-size") ?? file.byteCount ?? length
    file.checksum = Checksum(hexadecimal: tag)
    file.contentName = file.checksum?.text ?? tag
    return file
  }

  func request(for file: HubFile, _ reference: ModelReference, commit: String) -> HTTPRequest {
    let id = reference.components.map(HubAddress.escaped).joined(separator: "/")
    return HTTPRequest(
      url: url("/\(id)/resolve/\(commit)/\(HubAddress.escapedPath(file.path))"),
      headers: ["Accept-Encoding": "identity"], credentials: credentials)
  }

  func refusal(_ response: HTTPResponse, _ body: [UInt8], _ subject: String) -> HubError {
    let code = response.headers["x-error-code"]
    let told = response.headers["x-error-message"].map { ": " + Excerpt.bare($0, limit: 200) } ?? ""
    let hasToken = !credentials.isEmpty
    let login = hasToken ? "the token that was sent has no access" : "set HF_TOKEN to a token that has access"
    switch (response.status, code) {
    case (_, "GatedRepo"?), (403, nil):
      let page = "\(endpoint.absoluteString)/\(subject.prefix { $0 != "@" && $0 != ":" })"
      return HubError(
        .missing,
        "\(subject): the hub gives it only to those whom its owner lets in\(told); ask on \(page), and \(login)"
      )
    case (401, _):
      return HubError(
        .missing, "\(subject): no such model, or a private one\(told); check the name, or \(login)")
    case (404, "RevisionNotFound"?):
      return HubError(.missing, "\(subject): the model has no such revision\(told)")
    case (404, "EntryNotFound"?):
      return HubError(.missing, "\(subject): the model has no such file\(told)")
    case (404, _):
      return HubError(
        .missing, "\(subject): the hub \(endpoint.serverName) has no such model or revision\(told)")
    default:
      return HubError(
        .inputOutput, "\(subject): the hub \(endpoint.serverName) answers \(response.status)\(told)")
    }
  }
}
