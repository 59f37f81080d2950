import EventLoop
import Glibc

/// The entry point is not async: an async one runs the dispatch library's main loop, which unblocks
/// every signal, and SIGTERM would end the server instead of draining it.
@main
struct Main {
  static func main() {
    StandardStream.fillMissing()
    // Before any thread exists: later threads inherit the mask.
    Signals.block([.terminate, .interrupt])
    runDetached(Array(CommandLine.arguments.dropFirst()))
    SystemThread.sleepForever()
  }

  private nonisolated static func runDetached(_ arguments: [String]) {
    Task.detached {
      // Not `exit`: its handlers would run while the loops' threads still work.
      await _exit(run(arguments))
    }
  }

  /// - Returns: the exit status: 1 for a test that failed, 2 for a wrong command line.
  private nonisolated static func run(_ arguments: [String]) async -> Int32 {
    do {
      switch arguments.first {
      case "server": try await InteropServer.run(ServerOptions(arguments.dropFirst()))
      case "client": try await InteropClient.run(ClientOptions(arguments.dropFirst()))
      case "proxy": try await InteropProxy.run(ProxyOptions(arguments.dropFirst()))
      case "--help", "-h": StandardStream.output.write(HelpText.text)
      default: throw UsageError(message: "'server', 'client' or 'proxy' comes first")
      }
      return 0
    } catch let error as UsageError {
      StandardStream.error.write("rpc-interop: \(error.message); --help shows the flags\n")
      return 2
    } catch {
      StandardStream.error.write("rpc-interop: \(error)\n")
      return 1
    }
  }
}
