import EventLoop
import RPC

/// Many `large_unary` calls, some at the same time, some of which may fail or be late.
struct SoakTest: Sendable {
  /// Lends a client to one call.
  typealias Lend = @Sendable (@Sendable (InteropClient) async throws -> Void) async throws -> Void

  let options: SoakOptions
  let lend: Lend

  init(options: SoakOptions, lend: @escaping Lend) {
    self.options = options
    self.lend = lend
  }

  /// - Throws: `Failure` when more calls than allowed failed or were late, or the time was up.
  func run() async throws {
    let failures = try await withThrowingTaskGroup(of: [String].self) { group in
      let end = ContinuousClock.now + options.overallTimeout
      for _ in 0..<options.tasks { group.addTask { try await callInTurn(until: end) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let examples = failures.prefix(10).joined(separator: "; ")
    try expect(
      failures.count <= options.maxFailures,
      "\(failures.count) of \(options.iterations) calls: \(examples)")
  }

  /// One task's calls.
  ///
  /// - Returns: what was wrong with the calls that failed or were late.
  private func callInTurn(until end: ContinuousClock.Instant) async throws -> [String] {
    var failures: [String] = []
    for number in 0..<options.iterations / options.tasks {
      let start = ContinuousClock.now
      try expect(start < end, "the time was up after \(number) calls of a task")
      if let failure = await call(until: end) { failures.append(failure) }
      let pause = options.minTimeBetweenCalls - start.duration(to: .now)
      if pause > .zero { try await Task.sleep(for: pause) }
    }
    return failures
  }

  private func call(until end: ContinuousClock.Instant) async -> String? {
    let clock = ContinuousClock()
    let request = InteropClient.request(
      size: options.requestSize, responseSize: options.responseSize)
    let start = clock.now
    do {
      try await lend { try await $0.callUnary(request, options: CallOptions(deadline: end)) }
    } catch {
      return "\(error)"
    }
    let latency = clock.now - start
    return latency <= options.maxLatency ? nil : "late: \(latency)"
  }
}
