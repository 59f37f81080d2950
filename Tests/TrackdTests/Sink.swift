import Synchronization

/// A stream for a logger that takes bytes, or refuses them.
final class Sink: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  /// How many more bytes it takes.
  let room = Mutex(Int.max)
  /// How often it has not taken all bytes.
  let refusals = Mutex(0)

  func write(_ more: [UInt8]) -> Int {
    room.withLock { room in
      let taken = min(room, more.count)
      if taken < more.count { refusals.withLock { $0 += 1 } }
      room -= taken
      bytes.withLock { $0 += more.prefix(taken) }
      return taken
    }
  }

  var lines: [String] {
    bytes.withLock { String(decoding: $0, as: UTF8.self) }
      .split(separator: "\n").map { String($0.split(separator: " ", maxSplits: 1)[1]) }
  }
}
