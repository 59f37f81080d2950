import EventLoop
import RPC
import Testing

@testable import RPCHTTP2

/// The pure parts of a channel.
@Suite(.timeLimit(.minutes(2))) struct ChannelRulesTests {
  private func time(_ seconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: seconds * 1_000_000_000)
  }

  @Test func `attempts are as far apart as gRPC's document says`() {
    let options = ChannelOptions()
    func delay(_ failures: Int, _ random: Double) -> Double {
      options.backoff.delay(afterFailures: failures, random: random) / .seconds(1)
    }
    let middles = [1, 1.6, 2.56, 4.096, 6.5536, 10.48576]
    for (index, middle) in middles.enumerated() {
      #expect(abs(delay(index + 1, 0.5) - middle) < 0.001)
      #expect(abs(delay(index + 1, 0) - 0.8 * middle) < 0.001)
      #expect(abs(delay(index + 1, 1) - 1.2 * middle) < 0.001)
    }
    #expect(delay(11, 0.5) < 120)
    #expect(delay(12, 0.5) == 120)
    #expect(delay(1_000_000, 1) == 144)
    #expect(options.minConnectTimeout == .seconds(20))
    #expect(options.connectionAttemptDelay == .milliseconds(250))
    #expect(options.minResolutionInterval == .seconds(30))
    #expect(options.idleTimeout == .seconds(1800))
  }

  @Test func `addresses of both families are tried by turns, each once`() {
    let texts = [
      "[::1]:1", "[::2]:1", "[::1]:1", "[::3]:1", "10.0.0.1:1", "10.0.0.2:1", "unix:a",
    ]
    let order = interleaved(texts.compactMap { SocketAddress($0) }).map(\.description)
    #expect(order == ["[::1]:1", "10.0.0.1:1", "unix:a", "[::2]:1", "10.0.0.2:1", "[::3]:1"])
    #expect(interleaved([]) == [])
  }

  @Test func `a name is not looked up more often than the least interval`() {
    var schedule = ResolutionSchedule(ChannelOptions())
    #expect(schedule.requested(at: time(0)) == .resolve)
    #expect(schedule.requested(at: time(1)) == .nothing)
    schedule.succeeded(at: time(2))
    #expect(schedule.requested(at: time(12)) == .wait(.seconds(20)))
    // One that waits serves all.
    #expect(schedule.requested(at: time(13)) == .nothing)
    #expect(schedule.timePassed(at: time(32)) == .resolve)
    #expect(schedule.timePassed(at: time(32)) == .nothing)
    schedule.succeeded(at: time(33))
    #expect(schedule.timePassed(at: time(100)) == .nothing)
    #expect(schedule.requested(at: time(100)) == .resolve)
  }

  @Test func `a lookup that fails is made again by itself, after longer and longer pauses`() {
    var schedule = ResolutionSchedule(ChannelOptions())
    var now = time(0)
    for seconds in [1, 1.6, 2.56] {
      #expect(schedule.requested(at: now) == .resolve)
      let delay = Duration.seconds(seconds)
      guard case .wait(let wait) = schedule.failed(at: now, random: 0.5) else {
        Issue.record("it is not made again")
        return
      }
      #expect(abs(wait / .seconds(1) - seconds) < 0.001)
      #expect(schedule.requested(at: now) == .nothing)
      schedule.stopped()
      now = now + delay + .seconds(1)
    }
    #expect(schedule.requested(at: now) == .resolve)
    schedule.succeeded(at: now)
    #expect(schedule.requested(at: now + .seconds(30)) == .resolve)
    #expect(schedule.failed(at: now + .seconds(30), random: 0.5) == .wait(.seconds(1)))
  }

  @Test func `a channel that does without addresses looks nothing up`() {
    var schedule = ResolutionSchedule(ChannelOptions())
    _ = schedule.requested(at: time(0))
    _ = schedule.failed(at: time(0), random: 0.5)
    schedule.stopped()
    #expect(schedule.timePassed(at: time(9)) == .nothing)
  }

  @Test(
    arguments: [
      ("", [0, 0, 0, 0, 0]), ("ab", [0, 0, 0, 0, 4, 0x0A, 2, 0x61, 0x62]),
    ] as [(String, [UInt8])])
  func `a question for health is a message in gRPC's framing`(service: String, bytes: [UInt8]) {
    #expect(HealthMessages.request(service: service) == bytes)
    let long = HealthMessages.request(service: String(repeating: "x", count: 300))
    #expect(long.prefix(8) == [0, 0, 0, 1, 0x2F, 0x0A, 0xAC, 2])
    #expect(long.count == 5 + 303)
  }

  @Test func `answers on health are read, also in pieces and with unknown fields`() throws {
    var bytes: [UInt8] = []
    #expect(try HealthMessages.take(from: &bytes) == nil)
    for byte: UInt8 in [0, 0, 0, 0, 2, 8] {
      bytes.append(byte)
      #expect(try HealthMessages.take(from: &bytes) == nil)
    }
    bytes += [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16]
    bytes +=
      [0x10, 0xFF, 1, 0x1A, 1, 7, 8, 2, 0x25, 1, 2, 3, 4, 0x31] + [UInt8](repeating: 0, count: 8)
    #expect(try HealthMessages.take(from: &bytes) == .serving)
    #expect(try HealthMessages.take(from: &bytes) == .unknown)
    bytes[4] = UInt8(bytes.count - 5)
    #expect(try HealthMessages.take(from: &bytes) == .notServing)
    #expect(bytes.isEmpty)
  }

  @Test(
    arguments: [
      [1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 8], [0, 0, 0, 0, 1, 0x1B],
      [0, 0, 0, 0, 2, 0x1A, 9], [0, 0, 0, 0, 11] + [UInt8](repeating: 0xFF, count: 11),
      [0, 0, 0, 0, 3, 0x25, 1, 2],
    ] as [[UInt8]])
  func `what is no answer on health is refused`(message: [UInt8]) {
    var bytes = message
    #expect(throws: HealthMessages.Malformed.self) { try HealthMessages.take(from: &bytes) }
  }
}
