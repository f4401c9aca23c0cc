import ArgumentParser
import Foundation

/// Where the server listens, whom it serves, and what a client may cost it.
struct ServerOptions: ParsableArguments {
  @Option(help: "The interface: 127.0.0.1 serves this machine alone, 0.0.0.0 all that reach it.")
  var host = "127.0.0.1"
  @Option(parsing: .unconditional, help: "The port; 0 takes any that is free.")
  var port = 8000
  @Option(
    name: .customLong("served-model-name"), parsing: .upToNextOption,
    help: "Names of the model that requests may say; the first stands in answers to those that say none.")
  var modelNames: [String] = []
  @Option(
    name: .customLong("api-key-file"),
    help:
      "Keys, one a line, of which requests must bring one as a bearer token; QUIRE_API_KEYS adds some, with commas.",
    completion: .file())
  var apiKeyFile: String?
  @Option(
    name: .customLong("cors-origin"), parsing: .upToNextOption,
    help: "Origins whose pages may use the server, as in https://example.org; * for all.")
  var origins: [String] = []
  @Option(
    name: .customLong("max-queue"), parsing: .unconditional,
    help: "Requests taken in beyond --max-num-seqs; further ones are answered with 429.")
  var queueLimit = 256
  @Option(
    name: .customLong("max-body-bytes"), parsing: .unconditional,
    help: "Longest body of a request, as in 16MiB.")
  var bodyLimit = "16MiB"
  @Option(
    name: .customLong("state-dir"),
    help:
      "A directory for uploaded files and batches, made where it is not there; without it there are none.",
    completion: .directory)
  var stateDirectory: String?
  @Option(
    name: .customLong("max-file-bytes"), parsing: .unconditional,
    help: "Longest file that is uploaded, as in 512MiB, which is the default.")
  var fileLimit: String?
  @Option(
    name: .customLong("max-connections"), parsing: .unconditional,
    help: "Connections at a time; further ones wait.")
  var connectionLimit = 16_384
  @Option(
    name: .customLong("request-timeout"), parsing: .unconditional,
    help:
      "Seconds that an answer may take, from the request's body to its end; no limit where it is not said.")
  var requestTimeout: Double?
  @Option(
    name: .customLong("shutdown-timeout"), parsing: .unconditional,
    help: "Seconds that answers under way may go on after SIGTERM or SIGINT; a second signal ends at once.")
  var shutdownTimeout: Double = 30

  /// The most requests or connections that can be asked for.
  private static let greatestCount = 1_000_000
  /// The most bytes of a body that can be asked for.
  private static let greatestBodyByteCount = 1 << 30
  /// The most bytes of a file that can be asked for.
  private static let greatestFileByteCount = 1 << 40

  /// The longest body, in bytes; 0 where what was given is no size.
  var bodyByteLimit: Int { ByteSize(argument: bodyLimit)?.byteCount ?? 0 }

  /// The longest file, in bytes; 0 for a limit that is none.
  var fileByteLimit: Int { fileLimit.map { ByteSize(argument: $0)?.byteCount ?? 0 } ?? 512 << 20 }

  /// Throws for what can be found wrong without a model.
  func check() throws {
    guard (0...65_535).contains(port) else {
      throw CommandError(.usage, "--port is \(port), but must be between 0 and 65535")
    }
    guard (0...Self.greatestCount).contains(queueLimit) else {
      throw CommandError(
        .usage, "--max-queue is \(queueLimit), but must be between 0 and \(Self.greatestCount)")
    }
    guard (1...Self.greatestBodyByteCount).contains(bodyByteLimit) else {
      throw CommandError(
        .usage,
        "--max-body-bytes is \(bodyLimit), but must be a number of bytes up to 1GiB, as in 512KiB or 16MiB")
    }
    guard (1...Self.greatestFileByteCount).contains(fileByteLimit) else {
      throw CommandError(
        .usage,
        "--max-file-bytes is \(fileLimit ?? ""), but must be a number of bytes up to 1024GiB, as in 512MiB")
    }
    guard fileLimit == nil || stateDirectory != nil else {
      throw CommandError(.usage, "--max-file-bytes is for uploads, which need --state-dir DIR")
    }
    guard (1...Self.greatestCount).contains(connectionLimit) else {
      throw CommandError(
        .usage, "--max-connections is \(connectionLimit), but must be between 1 and \(Self.greatestCount)")
    }
    for case (let name, let seconds?) in [
      ("--request-timeout", requestTimeout), ("--shutdown-timeout", shutdownTimeout as Double?),
    ] where !(seconds >= 0 && seconds <= 86_400) || (seconds == 0 && name == "--request-timeout") {
      throw CommandError(.usage, "\(name) is \(seconds), but must be a number of seconds up to 86400")
    }
    for name in modelNames where name.isEmpty {
      throw CommandError(.usage, "--served-model-name is empty; give a name, or leave the option out")
    }
  }

  /// The keys of the file and of the environment; none where neither is given.
  func keys(_ parse: (String) -> [String]) throws -> [String] {
    // Keys that were to close the server must not leave it open.
    let given = ProcessInfo.processInfo.environment["QUIRE_API_KEYS"] ?? ""
    var keys = given.split(separator: ",").flatMap { parse(String($0)) }
    guard given.isEmpty || !keys.isEmpty else { throw CommandError(.usage, "QUIRE_API_KEYS holds no key") }
    guard let apiKeyFile else { return keys }
    let text: String
    do {
      text = try String(contentsOfFile: apiKeyFile, encoding: .utf8)
    } catch {
      throw CommandError(
        .inputMissing, "--api-key-file \(apiKeyFile) cannot be read: \(error.localizedDescription)")
    }
    let ofFile = parse(text)
    guard !ofFile.isEmpty else { throw CommandError(.usage, "--api-key-file \(apiKeyFile) holds no key") }
    keys += ofFile
    return keys
  }

  /// Whether the interface can be reached from this machine alone.
  var isLocal: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
