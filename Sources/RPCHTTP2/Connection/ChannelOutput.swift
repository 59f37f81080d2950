import EventLoop

/// The part of one connection's output that its channel has not taken yet, and the readiness that
/// the channel waits for.
///
/// Confined to the connection's loop.
struct ChannelOutput {
  private var bytes: [UInt8] = []
  private var start = 0
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
      bytes = Array(output[count...])
      start = 0
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
    let rest = bytes.count - start
    switch try channel.write(bytes, from: start) {
    case .part(let count, let readiness):
      start += count
      waitsFor = readiness
      return count
    case .all:
      bytes = []
      start = 0
      waitsFor = ends ? try channel.endWriting() : []
      return rest
    }
  }

  /// Forgets everything: there is no channel any more.
  mutating func drop() { self = ChannelOutput() }
}
