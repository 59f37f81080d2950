import RPC
import Testing

@testable import TrackRemotes

@Suite(.timeLimit(.minutes(2))) struct CircuitBreakerTests {
  private let start = ContinuousClock.now
  private let pause = Backoff(
    initial: .seconds(1), maximum: .seconds(4), multiplier: 2, jitter: 0)

  private func breaker() -> Subject {
    Subject(CircuitBreaker(maxFailures: 3, pause: pause))
  }

  /// Holds a breaker, because expectations cannot mutate one.
  private final class Subject {
    private var breaker: CircuitBreaker

    init(_ breaker: CircuitBreaker) { self.breaker = breaker }

    func permit(at time: ContinuousClock.Instant) -> CircuitBreaker.Permit? {
      breaker.permit(at: time)
    }

    func pauseLeft(at time: ContinuousClock.Instant) -> Duration { breaker.pauseLeft(at: time) }

    func answered(_ permit: CircuitBreaker.Permit) -> Bool { breaker.answered(permit) }

    func failed(
      _ permit: CircuitBreaker.Permit, at time: ContinuousClock.Instant
    ) -> Duration? { breaker.failed(permit, at: time, random: 0.5) }

    func givenUp(_ permit: CircuitBreaker.Permit, at time: ContinuousClock.Instant) {
      breaker.givenUp(permit, at: time)
    }

    /// Makes `times` calls fail. Returns the pause that the last failure begins.
    func fail(times: Int, at time: ContinuousClock.Instant) throws -> Duration? {
      var opened: Duration?
      for _ in 0..<times {
        opened = failed(try #require(permit(at: time)), at: time)
      }
      return opened
    }
  }

  @Test func `failures in a row open it, and only those`() throws {
    let breaker = breaker()
    for _ in 0..<10 {
      #expect(try breaker.fail(times: 2, at: start) == nil)
      let permit = try #require(breaker.permit(at: start))
      #expect(!breaker.answered(permit))
    }
    #expect(try breaker.fail(times: 3, at: start) == .seconds(1))
    #expect(breaker.permit(at: start) == nil)
    #expect(breaker.permit(at: start + .milliseconds(999)) == nil)
    #expect(breaker.pauseLeft(at: start + .milliseconds(999)) == .milliseconds(1))
    #expect(breaker.pauseLeft(at: start + .seconds(2)) == .zero)
  }

  @Test func `one probe is let through, and its success closes it`() throws {
    let breaker = breaker()
    _ = try breaker.fail(times: 3, at: start)
    let probe = try #require(breaker.permit(at: start + .seconds(1)))
    #expect(breaker.permit(at: start + .seconds(100)) == nil)
    // How long the probe takes is unknown.
    #expect(breaker.pauseLeft(at: start + .seconds(100)) == .seconds(1))
    #expect(breaker.answered(probe))
    #expect(breaker.pauseLeft(at: start) == .zero)
    #expect(try breaker.fail(times: 2, at: start) == nil)
  }

  @Test func `a probe that fails opens it for longer, up to the maximum`() throws {
    let breaker = breaker()
    var time = start
    #expect(try breaker.fail(times: 3, at: time) == .seconds(1))
    for seconds in [2, 4, 4, 4] {
      time += .seconds(10)
      #expect(try breaker.fail(times: 1, at: time) == .seconds(seconds))
    }
    let probe = try #require(breaker.permit(at: time + .seconds(4)))
    #expect(breaker.answered(probe))
    #expect(try breaker.fail(times: 3, at: time) == .seconds(1))
  }

  @Test func `a probe that was given up makes room for another`() throws {
    let breaker = breaker()
    _ = try breaker.fail(times: 3, at: start)
    let probe = try #require(breaker.permit(at: start + .seconds(1)))
    breaker.givenUp(probe, at: start + .seconds(1))
    let second = try #require(breaker.permit(at: start + .seconds(1)))
    #expect(breaker.answered(second))
  }

  @Test func `what began before it opened says nothing afterwards`() throws {
    let breaker = breaker()
    let late = try #require(breaker.permit(at: start))
    _ = try breaker.fail(times: 3, at: start)
    #expect(!breaker.answered(late))
    #expect(breaker.permit(at: start) == nil)
    let probe = try #require(breaker.permit(at: start + .seconds(1)))
    #expect(breaker.failed(late, at: start) == nil)
    breaker.givenUp(late, at: start)
    #expect(breaker.permit(at: start + .seconds(1)) == nil)
    #expect(breaker.answered(probe))
  }
}
