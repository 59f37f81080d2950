import Wire

@testable import HTTP2

/// A session with a caller that knows what must hold: the order of events, the limits, the accounts.
final class SessionPlayer {
  /// What a caller knows of a stream.
  private struct Known {
    let stream: HTTP2Stream
    var hasHead = false
    var hasEnded = false
    var isClosed = false
    var holdsSlot = false
  }

  let session: HTTP2Session
  private(set) var error: HTTP2Error?
  private(set) var transcript = Transcript()
  /// Nanoseconds.
  private let clock: Clock
  private var output: OutputOracle
  private var known: [ObjectIdentifier: Known] = [:]
  /// In the order in which they came.
  private(set) var streams: [HTTP2Stream] = []
  /// Whether body bytes are consumed as they come.
  var consumes = false

  private final class Clock {
    var now: UInt64 = 0
  }

  init(_ role: HTTP2Session.Role, _ limits: HTTP2Limits) {
    let clock = Clock()
    self.clock = clock
    output = OutputOracle(isClient: role == .client)
    do throws(HTTP2Error) {
      session = try HTTP2Session(role: role, limits: limits, clock: { clock.now })
    } catch {
      fatalError("no session: \(error)")
    }
    session.random = { 0.5 }
  }

  func wait(milliseconds: UInt64) { clock.now += milliseconds * 1_000_000 }

  func receive(_ bytes: [UInt8]) {
    let hadFailed = error != nil
    do throws(HTTP2Error) {
      try unsafe session.receive(bytes.span.bytes)
    } catch {
      check(!hadFailed, "an error behind an error")
      self.error = error
    }
    drain()
  }

  /// Feeds the bytes in pieces.
  func receive(_ bytes: [UInt8], piece: Int) {
    for start in stride(from: 0, to: bytes.count, by: piece) {
      receive(Array(bytes[start..<min(bytes.count, start + piece)]))
    }
    checkAccounts()
  }

  /// Produces output, up to `limit` bytes and a frame.
  @discardableResult
  func produce(limit: Int = .max) -> [UInt8] {
    var produced = HTTP2Output()
    let more = session.produceOutput(into: &produced, limit: limit)
    let bytes = produced.pieces().flatMap { $0 }
    check(bytes.count == produced.count, "pieces of \(bytes.count) bytes, not \(produced.count)")
    check(!more || bytes.count >= limit, "there is more, and the limit was not reached")
    check(!bytes.isEmpty || !session.wantsWrite, "it wants to write and does not")
    output.take(bytes)
    if session.failure != nil && session.finalFrame == nil { output.failed() }
    drain()
    checkAccounts()
    return bytes
  }

  func open(_ block: HeaderFields, endStream: Bool) {
    guard streams.count < 200, let stream = session.openStream(block, endStream: endStream) else {
      return
    }
    add(stream)
  }

  private func add(_ stream: HTTP2Stream) {
    check(known[ObjectIdentifier(stream)] == nil, "a stream is new twice")
    known[ObjectIdentifier(stream)] = Known(stream: stream)
    streams.append(stream)
  }

  /// The slot of a stream is given back.
  func release(_ stream: HTTP2Stream) {
    session.release(stream)
    known[ObjectIdentifier(stream)]?.holdsSlot = false
  }

  private func drain() {
    while let event = session.nextEvent() { take(event) }
  }

  private func update(_ stream: HTTP2Stream, _ body: (inout Known) -> Void) {
    guard var state = known[ObjectIdentifier(stream)] else {
      fatalError("this does not hold: an event of a stream that was not reported")
    }
    check(!state.isClosed, "an event behind the end of its stream")
    body(&state)
    known[ObjectIdentifier(stream)] = state
  }

  private func take(_ event: HTTP2Event) {
    switch event {
    case .headers(let stream, let block, let end):
      if session.role == .server { add(stream) }
      checkBlock(block)
      update(stream) {
        check(!$0.hasHead, "two heads of a stream")
        $0.hasHead = true
        $0.hasEnded = end
        $0.holdsSlot = session.role == .server
      }
      transcript.add("headers \(stream.id) \(block.lines) \(end)")
    case .data(let stream, let range, let end):
      let session = session
      let span = session.data(in: range)
      let bytes = unsafe span.withUnsafeBytes { unsafe Array($0) }
      check(bytes.count == range.count, "body bytes are gone")
      update(stream) {
        check($0.hasHead && !$0.hasEnded, "body bytes in front of the head or behind the end")
        $0.hasEnded = end
      }
      transcript.add(body: bytes, of: stream.id, end: end)
      if consumes { session.consume(stream, range.count) }
    case .trailers(let stream, let block):
      checkBlock(block)
      update(stream) {
        check($0.hasHead && !$0.hasEnded, "trailers in front of the head or behind the end")
        $0.hasEnded = true
      }
      transcript.add("trailers \(stream.id) \(block.lines)")
    case .headerListTooLarge(let stream, let excess, let end):
      if known[ObjectIdentifier(stream)] == nil { add(stream) }
      update(stream) {
        $0.hasHead = true
        $0.hasEnded = end
      }
      transcript.add("too large \(stream.id) \(excess) \(end)")
    case .writable(let stream): update(stream) { _ in }
    case .closed(let stream, let reason):
      update(stream) { $0.isClosed = true }
      check(stream.isClosed && stream.queuedBytes == 0, "a stream is not over when it is closed")
      transcript.add("closed \(stream.id) \(reason)")
    case .goAway(let last, let code, let debug): transcript.add("goAway \(last) \(code) \(debug)")
    case .settings: transcript.add("settings")
    case .pingAcked(let opaque): transcript.add("pingAcked \(opaque)")
    case .refused(let refusal, let id): transcript.add("refused \(refusal) \(id)")
    case .malformed(let fault, let id): transcript.add("malformed \(fault) \(id)")
    }
  }

  private func checkBlock(_ block: HeaderFields) {
    var size = 0
    for field in block { size += field.name.count + field.value.count + 32 }
    check(size <= session.limits.maxHeaderListBytes, "a header block of \(size) bytes")
    check(block.count <= session.limits.maxHeaderFields, "a header block of \(block.count) fields")
  }

  /// Looks at all streams: too dear for each piece of what was received.
  private func checkAccounts() {
    let session = session
    let queued = session.streams.reduce(0) { $0 + $1.queuedBytes }
    check(session.queuedBytes == queued, "\(session.queuedBytes) bytes queued, and not \(queued)")
    let slots = known.values.count { $0.holdsSlot }
    check(session.heldSlots == slots, "\(session.heldSlots) slots held, and not \(slots)")
    check(
      session.role == .client || slots <= Int(session.limits.maxConcurrentStreams),
      "more slots than the limit")
    let early = session.streams.count { $0.answeredEarlyAt != nil && !$0.isClosed }
    check(session.answeredEarly == early, "\(session.answeredEarly) answered early, not \(early)")
    let unused = session.streams.reduce(0) { $0 + $1.unconsumedBytes }
    check(unused <= session.limits.connectionWindowBytes, "more bytes than the window allows")
    // Before a peer has seen SETTINGS, it may send as much as RFC 9113 has by default.
    let window = max(65_535, session.limits.streamWindowBytes)
    for stream in session.streams {
      check(
        stream.unconsumedBytes + stream.keptBytes <= window,
        "more bytes of a stream than its window allows")
    }
  }

  /// Ends everything, and checks what must be so then.
  func finish() {
    for stream in streams {
      release(stream)
      session.reset(stream, .cancel)
    }
    repeat { produce() } while session.wantsWrite
    if session.failure == nil, !session.isFinished, session.canProduce {
      // What streams did not use has gone back to the connection's window.
      check(
        2 * session.receiveWindow >= session.limits.connectionWindowBytes,
        "the connection's window has \(session.receiveWindow) bytes left")
      check(session.pendingConsumption == 0, "bytes that were consumed are not told")
    }
    if session.failure == nil { output.finish() }
    session.connectionLost()
    drain()
    check(session.isFinished && !session.wantsWrite, "it goes on behind its end")
    check(session.openStreams == 0 && session.queuedBytes == 0, "streams are left")
    for state in known.values {
      check(
        state.isClosed && state.stream.isClosed, "stream \(state.stream.id) has not been closed")
    }
    check(session.heldSlots == 0, "slots are left")
  }
}

/// What a session reported, with the body's bytes put together.
struct Transcript: Equatable {
  private(set) var lines: [String] = []
  private var bodyOf: Int32?
  private var body: [UInt8] = []

  mutating func add(_ line: String) {
    endBody()
    lines.append(line)
  }

  mutating func add(body bytes: [UInt8], of id: Int32, end: Bool) {
    if bodyOf != id { endBody() }
    bodyOf = id
    body += bytes
    if end { endBody(" end") }
  }

  private mutating func endBody(_ suffix: String = "") {
    guard let id = bodyOf else { return }
    bodyOf = nil
    lines.append("data \(id) \(body)\(suffix)")
    body = []
  }

  /// The lines, with bytes that no event has followed yet.
  var all: [String] {
    var ended = self
    ended.endBody()
    return ended.lines
  }

  static func == (left: Self, right: Self) -> Bool { left.all == right.all }
}

extension HeaderFields {
  var lines: [String] {
    map { field in
      String(decoding: bytes[field.name], as: UTF8.self) + ": "
        + bytes[field.value].map(String.init).joined(separator: ",")
    }
  }

  /// The fields as arrays.
  var pairs: [(name: [UInt8], value: [UInt8])] {
    map { (Array(bytes[$0.name]), Array(bytes[$0.value])) }
  }
}
