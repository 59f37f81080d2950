import EventLoop

/// The entry point is not async: an async one runs the dispatch library's main loop, which unblocks
/// every signal, and SIGTERM would end the process instead of draining it.
@main
struct Main {
  static func main() {
    StandardStream.fillMissing()
    forbidCoreDumps()
    let arguments = Array(CommandLine.arguments.dropFirst())
    // Before any thread exists: later threads inherit the mask. What is no server ends at once.
    if arguments.first != "store" {
      Signals.block([.terminate, .interrupt, .hangup, .user1])
    }
    runDetached(arguments)
    SystemThread.sleepForever()
  }

  /// A process that cannot leave them out goes on: the system's administrator wants them.
  private static func forbidCoreDumps() {
    do throws(SystemError) {
      try CoreDumps.forbid()
    } catch {
      StandardStream.error.write("trackd: core dumps stay possible: \(error)\n")
    }
  }

  private nonisolated static func runDetached(_ arguments: [String]) {
    Task.detached {
      await exit(with: run(arguments))
    }
  }

  private nonisolated static func run(_ arguments: [String]) async -> ExitStatus {
    do throws(UsageError) {
      switch try CommandLineParser.parse(arguments, environment: ProcessEnvironment.variables) {
      case .help(let text):
        StandardStream.output.write(text)
        return .success
      case .version:
        StandardStream.output.write("trackd \(TrackServer.version)\n")
        return .success
      case .serve(let options):
        return await serve(options)
      case .store(let command):
        return StoreTool.run(command)
      }
    } catch {
      StandardStream.error.write("trackd: \(error.message)\n")
      return .usage
    }
  }

  private nonisolated static func serve(_ options: ServeOptions) async -> ExitStatus {
    do {
      return try await TrackServer.start(options).serve()
    } catch {
      StandardStream.error.write("trackd: \(error)\n")
      return .failure
    }
  }
}
