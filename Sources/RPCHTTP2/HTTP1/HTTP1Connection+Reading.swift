import EventLoop
import HTTP1
import HTTP2
import RPC
import Wire

extension HTTP1Connection {
  /// Reads per turn for one connection, so that the others get their turn.
  private static let maxReads = 4

  func read() {
    var input: [UInt8] = []
    context.http1.lendInput(&input)
    defer { context.http1.takeBackInput(&input) }
    for _ in 0..<Self.maxReads where isReading {
      guard let count = receive(into: &input) else { break }
      take(input, first: count)
      guard count == input.count || channel.hasPendingInput else { break }
    }
    updateInterest()
    readPendingInput()
  }

  /// One read; nil when there is nothing.
  private func receive(into input: inout [UInt8]) -> Int? {
    do {
      switch try channel.read(into: &input) {
      case .wouldBlock(let readiness): readWaitsFor = readiness
      case .end: peerEnded()
      case .bytes(let count):
        countRead(count)
        return count
      }
    } catch {
      close(error.description)
    }
    return nil
  }

  /// Reads on in the next turn what the channel itself still holds: epoll does not report it.
  func readPendingInput() {
    guard isReading, channel.hasPendingInput else { return }
    context.loop.schedule(after: .zero) { [weak self] in
      if let self, isReading { read() }
    }
  }

  /// The peer may have ended its half only, as `nc -N` does, and wait for the answer to a request
  /// that is whole: it gets all of it. If it is gone, that looks the same until its system resets
  /// what is sent to it, a part of the answer or TCP's keep-alive; the channel reports a hangup then,
  /// and the call ends. A Unix socket hangs up at once.
  private func peerEnded() {
    // The last bytes of an answer may still wait when its stream is over.
    let isAwaited = stream != nil ? requestIsComplete : isEnding || isBlocked
    guard phase == .serving, isAwaited else { return close("the peer closed the connection") }
    peerHasEnded = true
  }

  /// Takes bytes that follow those which wait.
  func take(_ input: [UInt8], first count: Int) {
    guard phase == .serving, !isEnding else { return }
    if isBlocked { bytesReadWhileBlocked += count }
    guard pending.isEmpty else {
      pending.append(contentsOf: input[..<count])
      return noteHeld()
    }
    let used = parse(input, count)
    if phase == .serving, used < count { pending = Array(input[used..<count]) }
    noteHeld()
    context.throttleIfGreedy(self)
  }

  /// Goes on with the bytes that wait.
  func takePending() {
    guard !pending.isEmpty, canParse else { return }
    let bytes = pending
    pending = []
    let used = parse(bytes, bytes.count)
    if phase == .serving, used < bytes.count { pending = Array(bytes[used...]) }
    noteHeld()
  }

  /// Whether the next bytes can be acted on.
  private var canParse: Bool {
    guard phase == .serving, !isEnding else { return false }
    if stream != nil { return !requestIsComplete }
    // The answer before it must have left: so one response is all that may wait for a peer.
    return !isBlocked && (!isDraining || parser.isInHead)
  }

  /// Acts on bytes until they are used up, or have to wait.
  ///
  /// - Returns: how many were used.
  private func parse(_ input: [UInt8], _ count: Int) -> Int {
    var position = 0
    // Bytes behind a request whose answer is still to come change nothing: they would ask for a
    // flush in each turn.
    var hasCompleted = false
    defer { if hasCompleted { requestFlush() } }
    while canParse {
      let event = parser.next(
        input.span.extracting(first: count), &position, bodyLimit: stream?.window ?? .max)
      switch event {
      case .incomplete:
        noteHead()
        return position
      case .request(let request): begin(request)
      case .body(let range, let isLast):
        awaitsContinue = false
        if isLast { (requestIsComplete, hasCompleted) = (true, true) }
        let bytes = input.rawBytes(first: range.upperBound)
        stream?.deliver(
          bytes.extracting(range.lowerBound..<range.upperBound), endStream: isLast)
      case .end(let trailers):
        headSince = nil
        (requestIsComplete, hasCompleted) = (true, true)
        if trailers.count > 0 {
          stream?.receiver?.receivedTrailers(trailers)
        } else {
          stream?.deliver(input.rawBytes(first: 0), endStream: true)
        }
      case .fault(let fault): refuse(fault)
      }
    }
    return position
  }

  /// Notes since when a head, or trailers, are awaited that have begun.
  private func noteHead() {
    if !parser.isInHead && !parser.isInTrailers { return headSince = nil }
    if headSince == nil { headSince = context.loop.now }
  }

  private func begin(_ request: HTTP1Request) {
    headSince = nil
    if request.fields.areGRPC { return refuseGRPC() }
    guard let takesStream = context.takesStream else { return }
    guard openRequests.hasRoom else { return refuseForLackOfRoom() }
    countStream(isRefused: false)
    activity.lastStreamAt = context.loop.now
    let new = HTTP1Stream(self, head: request.fields)
    stream = new
    encoder = HTTP1ResponseEncoder(request)
    requestIsComplete = request.body == .none
    awaitsContinue = request.expectsContinue
    hasWrittenHead = false
    responseIsComplete = false
    noteIdle()
    new.receiver = takesStream(new, request.fields, requestIsComplete)
    requestFlush()
  }

  // MARK: Refusing

  /// gRPC needs HTTP/2's frames and trailers.
  private func refuseGRPC() {
    context.tell(.refused(peer: peer, .badPreface))
    end(
      with: ForeignProtocolReply.bytes(to: .http1),
      HTTP2Error.badPreface(.http1).description)
  }

  private func refuseForLackOfRoom() {
    countStream(isRefused: true)
    context.tell(.refused(peer: peer, .tooManyOpenRequests))
    let text = "the server has too many calls in progress"
    end(with: HTTP1ResponseEncoder.lastAnswer(503, text, Self.seconds), text)
  }

  private func refuse(_ fault: HTTP1Fault) {
    if let refusal = fault.headerListRefusal {
      if stream == nil { countStream(isRefused: true) }
      context.tell(.refused(peer: peer, refusal))
    } else {
      context.tell(.malformedHTTP1(peer: peer, fault))
    }
    end(with: fault.answer(secondsSince1970: Self.seconds), fault.rawValue)
  }

  /// The time of day, since 1970.
  static var seconds: Int64 { WallClock.nowMicroseconds() / 1_000_000 }
}

extension HTTP1Fault {
  /// HTTP/2's name of it, if it is a list above a limit: no fault of form.
  fileprivate var headerListRefusal: HTTP2Refusal? {
    switch self {
    case .headTooLarge: .headerListTooLarge
    case .headOverSoftLimit: .headerListOverSoftLimit
    default: nil
    }
  }
}

extension HeaderFields {
  /// A content-type of gRPC; gRPC-Web has others.
  fileprivate var areGRPC: Bool {
    guard let type = value("content-type"), type.span.startsIgnoringCase(with: "application/grpc")
    else { return false }
    let rest = type.dropFirst(16)
    return rest.isEmpty || rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: ";")
  }
}
