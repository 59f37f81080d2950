import Protobuf
import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct RetryTests {
  @Test func `delays grow to the maximum, and no further`() {
    let backoff = Backoff(initial: .seconds(1), maximum: .seconds(10), multiplier: 2, jitter: 0)
    let delays = (1...7).map { backoff.delay(afterFailures: $0, random: 0.5) }
    #expect(delays == [1, 2, 4, 8, 10, 10, 10].map { .seconds($0) })
    #expect(backoff.delay(afterFailures: .max, random: 0.5) == .seconds(10))
    #expect(backoff.delay(afterFailures: 0, random: 0.5) == .seconds(1))
  }

  @Test(arguments: [(0.0, 800), (0.5, 1000), (1.0, 1200)])
  func `jitter spreads a delay to both sides`(random: Double, milliseconds: Int) {
    let backoff = Backoff(initial: .seconds(1), maximum: .seconds(1), jitter: 0.2)
    let delay = backoff.delay(afterFailures: 3, random: random) / .milliseconds(1)
    #expect(abs(delay - Double(milliseconds)) < 0.001)
  }

  @Test func `retries stop when half of the budget is gone, and come back with successes`() {
    var throttle = RetryThrottle(maximum: 10, ratio: 0.5)
    for _ in 0..<4 { throttle.failed() }
    #expect(throttle.allowsRetry)
    throttle.failed()
    #expect(!throttle.allowsRetry)
    for _ in 0..<100 { throttle.failed() }
    #expect(throttle.tokens == 0)
    for _ in 0..<10 { throttle.succeeded() }
    #expect(!throttle.allowsRetry)
    throttle.succeeded()
    #expect(throttle.allowsRetry)
    for _ in 0..<100 { throttle.succeeded() }
    #expect(throttle.tokens == 10)
  }

  @Test(arguments: [
    ("0", RetryAdvice.after(.zero)), ("1500", .after(.milliseconds(1500))), ("-1", .never),
    ("soon", .never), ("99999999999", .never),
  ])
  func `the pushback of the trailers counts`(text: String, advice: RetryAdvice) throws {
    let trailers: HeaderFields = ["grpc-status": "14", "grpc-retry-pushback-ms": text]
    var error = try #require(ResponseStatus.parse(trailers: trailers, httpStatus: 200))
    error.details = [Self.retryInfo(seconds: 7)]
    #expect(error.retryAdvice == advice)
  }

  @Test func `RetryInfo counts where there is no pushback`() {
    #expect(RPCError(.unavailable).retryAdvice == .none)
    #expect(
      RPCError(.unavailable, details: [Self.retryInfo(seconds: 7)]).retryAdvice
        == .after(.seconds(7)))
    #expect(
      RPCError(.unavailable, details: [Self.retryInfo(seconds: -7)]).retryAdvice == .none)
    #expect(
      RPCError(.unavailable, details: [Self.retryInfo(seconds: .max)]).retryAdvice == .none)
  }

  private static func retryInfo(seconds: Int64) -> ErrorDetail {
    var info = RetryInfo()
    var delay = Duration_()
    delay.seconds = seconds
    info.retryDelay = delay
    return ErrorDetail(info)
  }
}
