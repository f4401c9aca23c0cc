import ArgumentParser
import Foundation
import QuireBatch

@main
enum Main {
  static func main() {
    StandardDescriptors.takeClosed()
    do {
      try run()
    } catch let error as CommandError {
      StandardError.write("quire: \(error.message)\n")
      exit(error.exitCode)
    } catch let code as ExitCode {
      // The command has said why.
      exit(code.rawValue)
    } catch {
      StandardError.write("quire: \(QuireCommand.message(for: error)); see quire --help\n")
      exit(QuireCommand.exitCode(for: error).rawValue)
    }
  }

  private static func run() throws {
    do {
      let arguments = separatingEmptyValues(Array(CommandLine.arguments.dropFirst()))
      try UnsupportedOptions.check(arguments)
      var command = try QuireCommand.parseAsRoot(arguments)
      try command.run()
    } catch  where QuireCommand.exitCode(for: error) == .success {
      // Help and version come as errors, too.
      try StandardOutput.write(QuireCommand.fullMessage(for: error))
    }
  }

  /// `--system=` as `--system ""`: the parser takes the first form for a missing value.
  private static func separatingEmptyValues(_ arguments: [String]) -> [String] {
    zip([""] + arguments, arguments).flatMap { previous, argument in
      let isEmptied =
        argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
        && !UnsupportedOptions.takingAnyText.contains(previous)
      return isEmptied ? [String(argument.dropLast()), ""] : [argument]
    }
  }
}
