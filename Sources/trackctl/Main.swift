import EventLoop
import Glibc

@main
struct Main {
  static func main() async {
    StandardStream.fillMissing()
    let words = Array(CommandLine.arguments.dropFirst())
    let status = await run(words)
    // Not `exit`: handlers of it would run while the loop's thread still works.
    _exit(status.rawValue)
  }

  private static func run(_ words: [String]) async -> ExitCode {
    if words.first == Completion.word {
      StandardStream.output.write(Completion.lines(for: Array(words.dropFirst())))
      return .success
    }
    do {
      switch try CommandLineParser(commands: Command.all).parse(words) {
      case .print(let text):
        StandardStream.output.write(text)
        return .success
      case .run(let command, let arguments):
        return try await run(command, arguments)
      }
    } catch let error as UsageError {
      return ErrorReport.tell(error)
    } catch {
      return ErrorReport.tell(error, server: "")
    }
  }

  private static func run(_ command: Command, _ arguments: Arguments) async throws -> ExitCode {
    let settings = try Settings(arguments, environment: ProcessEnvironment.variables)
    let loops = try EventLoopGroup(count: 1)
    let session = Session(settings, loop: loops.loops[0])
    do {
      return try await command.run(arguments, session)
    } catch let error as UsageError {
      return ErrorReport.tell(error)
    } catch {
      return ErrorReport.tell(error, server: settings.server)
    }
  }
}
