import EventLoop
import Glibc
import InteropMessages
import RPC
import RPCHTTP2

/// One connection to a `BenchServer`.
struct BenchClient {
  private struct Failure: Error {}

  private let stub: TestServiceClient

  @concurrent
  static func run(_ what: String, port: UInt16, _ count: Int, _ size: Int) async throws {
    let loops = try EventLoopGroup(count: 1)
    let channel = HTTP2Channel(target: "127.0.0.1:\(port)", loop: loops.loops[0])
    let client = RPCClient(transport: channel)
    async let running: Void = client.run()
    let bench = BenchClient(stub: TestServiceClient(client))
    let job: (Int) async throws -> Void =
      switch what {
      case "calls", "task-calls":
        {
          try await bench.call(
            $0, inFlight: size, on: loops.loops[0], handledInTask: what == "task-calls")
        }
      case "download": { try await bench.download($0, size: size, on: loops.loops[0]) }
      default: throw Failure()
      }
    try await job(max(1, count / 10))
    let before = clock()
    try await job(count)
    StandardStream.output.write("\(clock() - before) \(peakKilobytes)\n")
    client.beginGracefulShutdown()
    try await running
    await loops.shutdown()
  }

  /// Calls with 150 bytes there and back, so many at a time.
  private func call(
    _ count: Int, inFlight: Int, on loop: EventLoop, handledInTask: Bool
  ) async throws {
    let request = SimpleRequest(payload: Payload(body: [UInt8](repeating: 1, count: 150)))
    try await withThrowingTaskGroup { group in
      for number in 0..<inFlight {
        group.addTask(executorPreference: loop) {
          for _ in 0..<(count / inFlight + (number < count % inFlight ? 1 : 0)) {
            let reply =
              handledInTask
              ? try await stub.cacheableUnaryCall(request) : try await stub.unaryCall(request)
            guard reply.payload?.body.count == 150 else { throw Failure() }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Messages of one stream.
  private func download(_ count: Int, size: Int, on loop: EventLoop) async throws {
    let request = StreamingOutputCallRequest(
      responseParameters: [ResponseParameters(size: Int32(size), intervalUs: Int32(count))])
    try await Task(executorPreference: loop) {
      try await stub.streamingOutputCall(request) { responses in
        var bytes = 0
        for try await response in responses { bytes += response.payload?.body.count ?? 0 }
        guard bytes == count * size else { throw Failure() }
      }
    }.value
  }

  /// The most memory that this process (RUSAGE_SELF, which is 0) has had.
  private static var peakKilobytes: Int {
    var usage = rusage()
    guard unsafe getrusage(0, &usage) == 0 else { return 0 }
    return usage.ru_maxrss
  }
}
