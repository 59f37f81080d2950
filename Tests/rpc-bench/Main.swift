import EventLoop
import Glibc

/// The RPC stack's part in `Scripts/bench`: a server whose handlers do next to nothing, and the
/// client stub at work. One loop each.
///
///     rpc-bench server
///     rpc-bench client calls PORT COUNT IN_FLIGHT         the handler runs at once
///     rpc-bench client task-calls PORT COUNT IN_FLIGHT    it runs in a task
///     rpc-bench client download PORT COUNT BYTES
///
/// A server prints its port. A client prints the microseconds of processor time that it took after
/// a tenth as much for nothing, and how many kB of memory it has had at most.
@main
struct Main {
  static func main() {
    Signals.block([.terminate, .interrupt])
    runDetached(Array(CommandLine.arguments.dropFirst()))
    SystemThread.sleepForever()
  }

  private nonisolated static func runDetached(_ arguments: [String]) {
    Task.detached { await _exit(run(arguments)) }
  }

  private nonisolated static func run(_ arguments: [String]) async -> Int32 {
    do {
      switch arguments.first {
      case "server": try await BenchServer.run()
      case "client":
        guard arguments.count == 5, let port = UInt16(arguments[2]), let count = Int(arguments[3]),
          let size = Int(arguments[4])
        else { return 2 }
        try await BenchClient.run(arguments[1], port: port, count, size)
      default: return 2
      }
      return 0
    } catch {
      StandardStream.error.write("rpc-bench: \(error)\n")
      return 1
    }
  }
}
