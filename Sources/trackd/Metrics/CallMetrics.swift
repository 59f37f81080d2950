import RPC
import Synchronization
import Telemetry

/// Counts the calls of a server by method and status: one set of numbers for each loop, written by
/// that loop alone.
///
/// Source: gRFC A66.
final class CallMetrics: CallStartObserver {
  static let seconds = HistogramBounds(
    [
      0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006,
      0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2,
      0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
    ], scale: 1e9)
  static let bytes = HistogramBounds([
    0, 1024, 2048, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    268_435_456, 1_073_741_824, 4_294_967_296,
  ])
  /// The method of a call that named none of the server's.
  static let other = "other"

  /// As they are told; the last one is `other`.
  let methods: [String]
  /// The place of a method in `methods`, by the number of its descriptor.
  private let places: [Int]
  /// One for each loop.
  let loops: [[MethodCalls]]

  init(methods: [MethodDescriptor], loops: Int) {
    self.methods = methods.map { "\($0.service)/\($0.method)" } + [Self.other]
    let highest = methods.map(\.number).max() ?? 0
    var places = Array(repeating: methods.count, count: highest + 1)
    for (place, method) in methods.enumerated() { places[method.number] = place }
    self.places = places
    self.loops = (0..<loops).map { _ in (0...methods.count).map { _ in MethodCalls() } }
  }

  func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage) {
    // Requests that are not gRPC are counted at their end.
    guard let method = request.method else { return }
    calls(of: method, on: request.executor)?.started.add(1)
  }

  func callEnded(_ summary: CallSummary) {
    guard let calls = calls(of: summary.method, on: summary.executor) else { return }
    let duration = summary.duration.clampedNanoseconds
    guard summary.httpMethod == nil else {
      return calls.http.made { HTTPCalls() }.record(summary.httpStatus, duration)
    }
    // It was refused before it was called started.
    if summary.method == nil { calls.started.add(1) }
    let ended = calls.ended[Int(summary.code.rawValue)].made { EndedCalls() }
    ended.durations.record(duration)
    ended.sent.record(summary.bytesSent &- 5 &* summary.messagesSent)
    ended.received.record(max(0, summary.bytesReceived &- 5 &* summary.messagesReceived))
  }

  @inline(__always)
  private func calls(
    of method: MethodDescriptor?, on executor: any CallExecutor
  ) -> MethodCalls? {
    let loop = executor.index
    guard loops.indices.contains(loop) else { return nil }
    guard let number = method?.number, places.indices.contains(number) else {
      return loops[loop][methods.count - 1]
    }
    return loops[loop][places[number]]
  }
}

/// The calls of one method on one loop.
final class MethodCalls: Sendable {
  let started = Cell()
  /// By status code. Made when the first call ends with it: most never do.
  let ended = InlineArray<17, AtomicLazyReference<EndedCalls>> { _ in AtomicLazyReference() }
  let http = AtomicLazyReference<HTTPCalls>()
}

/// The calls of one method that ended with one status on one loop.
final class EndedCalls: Sendable {
  let durations = Histogram(CallMetrics.seconds)
  let sent = Histogram(CallMetrics.bytes)
  let received = Histogram(CallMetrics.bytes)
}

/// The requests over plain HTTP that called one method on one loop.
final class HTTPCalls: Sendable {
  let durations = Histogram(CallMetrics.seconds)
  /// By the first digit of their status; those that went away without one at 0.
  let classes = InlineArray<6, Cell> { _ in Cell() }

  func record(_ status: Int?, _ duration: Int) {
    durations.record(duration)
    classes[min(5, max(0, (status ?? 0) / 100))].add(1)
  }
}

extension AtomicLazyReference {
  @inline(__always)
  fileprivate borrowing func made(_ make: () -> Instance) -> Instance {
    load() ?? storeIfNil(make())
  }
}

extension Duration {
  /// Rounded down; durations of calls are far from the limits of Int.
  var clampedNanoseconds: Int {
    let (seconds, attoseconds) = components
    return Int(truncatingIfNeeded: seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
  }
}
