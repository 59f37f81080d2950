/// Streams that wait for their turn, the first that came first. Confined to the loop.
struct WaitingStreams {
  private var streams: [WaitingStream] = []
  /// Where the first one stands: what is before it has had its turn.
  private var first = 0

  /// Whether any still waits: those that their calls have ended are forgotten.
  var isEmpty: Bool {
    mutating get {
      while first < streams.count, !streams[first].isWaiting { first += 1 }
      if first == streams.count {
        streams = []
        first = 0
      }
      return streams.isEmpty
    }
  }

  mutating func append(_ stream: WaitingStream) {
    // Half of the list has had its turn.
    if first > 64, first > streams.count / 2 {
      streams.removeFirst(first)
      first = 0
    }
    streams.append(stream)
  }

  /// The next one; nil when none waits.
  mutating func next() -> WaitingStream? {
    if isEmpty { return nil }
    defer { first += 1 }
    return streams[first]
  }

  /// All that wait, which leave.
  mutating func takeAll() -> [WaitingStream] {
    defer { self = WaitingStreams() }
    return isEmpty ? [] : Array(streams[first...])
  }
}
