/// Events in order, taken out by moving. Runs of body bytes of one stream become one event.
struct EventQueue {
  private var events: [HTTP2Event] = []
  /// Where the next event is; those before it have been taken out.
  private var head = 0
  private var runStream: HTTP2Stream?
  private var runStart = 0
  private var runEnd = 0

  var isEmpty: Bool { head == events.count && runStream == nil }

  mutating func append(_ event: HTTP2Event) {
    if runStream != nil { finishRun(endStream: false) }
    events.append(event)
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
    if head == events.count {
      if runStream == nil {
        removeTaken()
        return nil
      }
      finishRun(endStream: false)
    }
    // Exchanged for one that holds nothing, which spares the counting of references.
    var event = HTTP2Event.settings
    swap(&event, &events[head])
    head += 1
    return event
  }

  /// Frees the memory that is not in use.
  mutating func release() {
    if head == events.count {
      events = []
      head = 0
    }
  }

  private mutating func removeTaken() {
    guard head > 0 else { return }
    events.removeAll(keepingCapacity: events.capacity <= 1024)
    head = 0
  }

  private mutating func finishRun(endStream: Bool) {
    guard let stream = runStream else { return }
    runStream = nil
    events.append(.data(stream, runStart..<runEnd, endStream: endStream))
  }
}
