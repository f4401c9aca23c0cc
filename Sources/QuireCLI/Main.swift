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
      StandardError.tell(error.message, level: .error)
      end(error.exitCode)
    } catch let code as ExitCode {
      // The command has said why.
      end(code.rawValue)
    } catch {
      let arguments = (try? ProcessArguments.read()) ?? []
      StandardError.tell(UsageMessage.text(error, arguments: arguments), level: .error)
      end(QuireCommand.exitCode(for: error).rawValue)
    }
    end(0)
  }

  /// Ends the process without the work that libraries do at an exit: OpenBLAS gives its buffers back there, in which a
  /// thread of the team may still compute.
  private static func end(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  private static func run() throws {
    do {
      let arguments = separatingEmptyValues(try ProcessArguments.read())
      guard !arguments.isEmpty else {
        throw CommandError(
          .usage, "no command was given\n\n" + QuireCommand.helpMessage())
      }
      var command = try QuireCommand.parseAsRoot(arguments)
      try command.run()
    } catch  where QuireCommand.exitCode(for: error) == .success {
      // Help and version come as errors, too.
      try StandardOutput.write(QuireCommand.fullMessage(for: error))
    }
  }

  /// The options whose value may look like an option.
  private static let takingAnyText: Set<String> = [
    "--system", "--stop", "--bad-words", "--template", "--choice", "--regex", "--response-format",
  ]

  /// `--system=` as `--system ""`: the parser takes the first form for a missing value.
  private static func separatingEmptyValues(_ arguments: [String]) -> [String] {
    zip([""] + arguments, arguments).flatMap { previous, argument in
      let isEmptied =
        argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
        && !takingAnyText.contains(previous)
      return isEmptied ? [String(argument.dropLast()), ""] : [argument]
    }
  }
}
