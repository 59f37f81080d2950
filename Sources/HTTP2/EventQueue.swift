/// Events in order, taken out by moving. Runs of body bytes of one stream become one event.
struct EventQueue {
  private var incoming: [HTTP2Event] = []
  /// Being drained, last first.
  private var outgoing: [HTTP2Event] = []
  private var runStream: HTTP2Stream?
  private var runStart = 0
  private var runEnd = 0

  var isEmpty: Bool { outgoing.isEmpty && incoming.isEmpty && runStream == nil }

  mutating func append(_ event: HTTP2Event) {
    if runStream != nil { finishRun(endStream: false) }
    incoming.append(event)
  }

  /// Body bytes that now lie at `range` of the session's buffer.
  mutating func appendData(_ stream: HTTP2Stream, _ range: Range<Int>) {
    if runStream === stream && runEnd == range.lowerBound {
      runEnd = range.upperBound
      return
    }
    if runStream != nil { finishRun(endStream: false) }
    runStream = stream
    runStart = range.lowerBound
    runEnd = range.upperBound
  }

  /// The end of a stream's body, with or without bytes before it.
  mutating func appendEnd(_ stream: HTTP2Stream) {
    if runStream !== stream {
      appendData(stream, runEnd..<runEnd)
    }
    finishRun(endStream: true)
  }

  mutating func next() -> HTTP2Event? {
    if let event = outgoing.popLast() { return event }
    if runStream != nil { finishRun(endStream: false) }
    guard !incoming.isEmpty else { return nil }
    swap(&incoming, &outgoing)
    outgoing.reverse()
    return outgoing.popLast()
  }

  /// Frees the memory that is not in use.
  mutating func release() {
    if incoming.isEmpty { incoming = [] }
    if outgoing.isEmpty { outgoing = [] }
  }

  private mutating func finishRun(endStream: Bool) {
    guard let stream = runStream else { return }
    runStream = nil
    incoming.append(.data(stream, runStart..<runEnd, endStream: endStream))
  }
}
