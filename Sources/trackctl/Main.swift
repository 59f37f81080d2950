import EventLoop
import Glibc

@main
struct Main {
  static func main() async {
    StandardStream.fillMissing()
    let words = Array(CommandLine.arguments.dropFirst())
    let status = await run(words)
    // Not `exit`: its handlers would run while the loop's thread still works.
    _exit(status.rawValue)
  }

  private static func run(_ words: [String]) async -> ExitCode {
    if words.first == Completion.word {
      await complete(Array(words.dropFirst()))
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

  /// Writes a candidate per line, or `:files`, for the scripts of `trackctl completion`.
  private static func complete(_ words: [String]) async {
    switch Completion.answer(for: words) {
    case .words(let words): StandardStream.output.write(words.map { $0 + "\n" }.joined())
    case .files: StandardStream.output.write(Completion.files + "\n")
    case .names(let question):
      await ServerNameSearch(question: question).run(ProcessEnvironment.variables)
    }
  }

  private static func run(_ command: Command, _ arguments: Arguments) async throws -> ExitCode {
    let environment = ProcessEnvironment.variables
    let settings = try Settings(arguments, environment: environment)
    let loops = try EventLoopGroup(count: 1)
    let session = Session(settings, environment: environment, loop: loops.loops[0])
    do {
      return try await command.run(arguments, session)
    } catch let error as UsageError {
      return ErrorReport.tell(error)
    } catch {
      return ErrorReport.tell(error, server: settings.server)
    }
  }
}
