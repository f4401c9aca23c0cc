import ArgumentParser
import Foundation
import QuireBatch

@main
enum Main {
  static func main() {
    do {
      let arguments = separatingEmptyValues(Array(CommandLine.arguments.dropFirst()))
      try UnsupportedOptions.check(arguments)
      var command = try QuireCommand.parseAsRoot(arguments)
      try command.run()
    } catch let error as CommandError {
      StandardError.write("quire: \(error.message)\n")
      exit(error.exitCode)
    } catch let code as ExitCode {
      // The command has said why.
      exit(code.rawValue)
    } catch {
      let code = QuireCommand.exitCode(for: error)
      guard code != .success else {
        // Help and version come as errors, too.
        print(QuireCommand.fullMessage(for: error))
        exit(0)
      }
      StandardError.write("quire: \(QuireCommand.message(for: error)); see quire --help\n")
      exit(code.rawValue)
    }
  }

  /// `--system=` as `--system ""`: the parser takes the first form for a missing value.
  private static func separatingEmptyValues(_ arguments: [String]) -> [String] {
    arguments.flatMap { argument in
      argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
        ? [String(argument.dropLast()), ""] : [argument]
    }
  }
}
