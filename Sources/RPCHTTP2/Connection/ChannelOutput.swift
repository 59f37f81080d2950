import EventLoop
import HTTP2

/// The part of one connection's output that its channel has not taken yet, and the readiness that
/// the channel waits for.
///
/// Confined to the connection's loop.
struct ChannelOutput {
  private var rest: [ArraySlice<UInt8>] = []
  private var ends = false
  /// Empty when nothing waits: the next bytes may be written.
  private(set) var waitsFor: Readiness = []

  /// Writes `output` to a channel for which nothing waits, and keeps what it does not take.
  ///
  /// - Returns: how many bytes it took.
  mutating func write(
    _ output: [UInt8], to channel: any ByteChannel
  ) throws(ChannelError) -> Int {
    switch try channel.write(output, from: 0) {
    case .all:
      return output.count
    case .part(let count, let readiness):
      rest = [Array(output[count...])[...]]
      waitsFor = readiness
      return count
    }
  }

  /// The same for frames of which parts lie in places of their own.
  mutating func write(
    _ output: HTTP2Output, to channel: any ByteChannel
  ) throws(ChannelError) -> Int {
    if let only = output.onlyPiece { return try write(only, to: channel) }
    switch try channel.write(output.pieces()) {
    case .all:
      return output.count
    case .part(let count, let readiness):
      rest = output.pieces(from: count, copiesBuffer: true)
      waitsFor = readiness
      return count
    }
  }

  /// Ends this half, behind what is kept.
  mutating func end(_ channel: any ByteChannel) throws(ChannelError) {
    ends = true
    if waitsFor.isEmpty { waitsFor = try channel.endWriting() }
  }

  /// The channel is ready for what it waits for: goes on.
  ///
  /// - Returns: how many bytes it took.
  mutating func resume(_ channel: any ByteChannel) throws(ChannelError) -> Int {
    switch try channel.write(rest) {
    case .part(let count, let readiness):
      drop(count)
      waitsFor = readiness
      return count
    case .all:
      let count = rest.reduce(0) { $0 + $1.count }
      rest = []
      waitsFor = ends ? try channel.endWriting() : []
      return count
    }
  }

  private mutating func drop(_ count: Int) {
    var left = count
    var whole = 0
    while whole < rest.count, left >= rest[whole].count {
      left -= rest[whole].count
      whole += 1
    }
    rest.removeFirst(whole)
    if left > 0 { rest[0] = rest[0].dropFirst(left) }
  }

  /// Forgets everything: there is no channel any more.
  mutating func drop() { self = ChannelOutput() }
}
