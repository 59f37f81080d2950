/// The messages that a call has sent, framed, as long as it may be made again.
struct ReplayBuffer {
  /// Most calls have one message, which takes no memory of its own here.
  private var first: [UInt8] = []
  private var rest: [[UInt8]] = []
  private(set) var byteCount = 0

  mutating func append(_ frame: [UInt8]) {
    byteCount += frame.count
    if first.isEmpty { first = frame } else { rest.append(frame) }
  }

  func forEach(_ body: ([UInt8]) -> Void) {
    if first.isEmpty { return }
    body(first)
    for frame in rest { body(frame) }
  }

  mutating func removeAll() {
    first = []
    rest = []
    byteCount = 0
  }
}

/// What the calls of a client share. Confined to the executor of its transport.
///
/// `@unchecked Sendable`: for that reason.
final class ClientCalls: @unchecked Sendable {
  /// Bytes that one call keeps to be made again, and all calls of a client together.
  static let mostReplayBytes = 1 << 20
  static let mostReplayBytesOfClient = 16 << 20

  @safe @exclusivity(unchecked) var throttle: RetryThrottle?
  /// Bytes in the calls' `ReplayBuffer`s.
  @safe @exclusivity(unchecked) var replayBytes = 0

  let blocks = KnownBlocks()

  init(throttle: RetryThrottle?) { self.throttle = throttle }
}
