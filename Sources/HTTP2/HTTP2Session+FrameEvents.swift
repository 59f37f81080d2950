internal import CNGHTTP2
import Wire

/// What the callbacks report, without pointers. Called while nghttp2 reads or writes.
extension HTTP2Session {
  // MARK: Reading

  /// nghttp2 found something wrong with a frame and goes on.
  func receivedInvalidFrame() -> CInt {
    if glitches.charge(.frame, now: clock) { return goOn }
    pendingRefusal = .glitchFlood
    return stop
  }

  /// - Parameter useful: bytes of the frame without its padding.
  func received(data stream: HTTP2Stream?, _ useful: Int, isPadded: Bool, ends: Bool) {
    let isTiny = useful < Self.tinyBytes
    if isTiny || isPadded, ends || !isTiny { glitches.refund(.frame) }
    guard ends, let stream, !stream.isClosed, !stream.isMalformed else { return }
    stream.remoteEnded = true
    if stream.missingBytes > 0 { return malformed(stream, .wrongContentLength) }
    events.appendEnd(stream)
  }

  /// Whether body bytes are to be reported.
  func takes(_ count: Int, of stream: HTTP2Stream) -> Bool {
    if stream.isClosed || stream.isMalformed { return false }
    guard stream.missingBytes >= 0 else { return true }
    guard count <= stream.missingBytes else {
      malformed(stream, .wrongContentLength)
      return false
    }
    stream.missingBytes -= count
    return true
  }

  func receivedHeaders(endStream: Bool) {
    guard let stream = headerStream else { return }
    headerStream = nil
    if stream.isClosed { return }
    if role == .server, let fault = faultOfBlock(of: stream, endStream: endStream) {
      return malformed(stream, fault)
    }
    if headers.isOverALimit,
      let excess = headers.excess(isTrailers: stream.hasHead, random: random)
    {
      return tooLarge(stream, excess, endStream: endStream)
    }
    if endStream { stream.remoteEnded = true }
    let block = headers.finish(isTrailers: stream.hasHead)
    if stream.hasHead {
      glitches.refund(.frame)
      events.append(.trailers(stream, block))
    } else if role == .server || !block.isInterim {
      glitches.refund(.frame)
      stream.hasHead = true
      stream.isAnnounced = true
      if role == .server {
        stream.missingBytes = requestRules.contentLength
        stream.holdsSlot = true
        heldSlots += 1
      }
      events.append(.headers(stream, block, endStream: endStream))
    }
  }

  private func tooLarge(_ stream: HTTP2Stream, _ excess: HeaderListExcess, endStream: Bool) {
    if endStream { stream.remoteEnded = true }
    stream.hasHead = true
    stream.isAnnounced = true
    let refusal: HTTP2Refusal =
      excess.limit == .softBytes ? .headerListOverSoftLimit : .headerListTooLarge
    events.append(.refused(refusal, streamID: stream.id))
    events.append(.headerListTooLarge(stream, excess, endStream: endStream))
  }

  private func faultOfBlock(of stream: HTTP2Stream, endStream: Bool) -> RequestFault? {
    if endStream, stream.missingBytes > 0 { return .wrongContentLength }
    return requestRules.finish(endStream: endStream)
  }

  /// The header block that is being decoded has a fault: the rest of it is passed over.
  func malformed(_ fault: RequestFault) -> CInt {
    if let stream = headerStream { malformed(stream, fault) }
    headerStream = nil
    return giveUpBlock
  }

  /// Ends the stream of a malformed request (RFC 9113 section 8.1.1).
  private func malformed(_ stream: HTTP2Stream, _ fault: RequestFault) {
    stream.isMalformed = true
    events.append(.malformed(fault, streamID: stream.id))
    // NOMEM: the next submission says so too.
    unsafe nghttp2_submit_rst_stream(handle, 0, stream.id, HTTP2ErrorCode.protocolError.rawValue)
  }

  /// A header block is so far over the limit that decoding more of it is not worth an answer.
  func bombed() -> CInt {
    guard let stream = headerStream else { return giveUpBlock }
    headerStream = nil
    if role == .client, !stream.isClosed,
      let excess = headers.excess(isTrailers: stream.hasHead, random: random)
    {
      // A server's is not answered; a client's caller is to know why its call ends.
      tooLarge(stream, excess, endStream: false)
      stream.isResetByCaller = true
      stream.isSendingOver = true
    } else {
      events.append(.refused(.headerListTooLarge, streamID: stream.id))
    }
    unsafe nghttp2_submit_rst_stream(
      handle, 0, stream.id, HTTP2ErrorCode.enhanceYourCalm.rawValue)
    return giveUpBlock
  }

  func receivedPingAck(_ opaque: UInt64) {
    if isProbing {
      isProbing = false
    } else if opaque == Self.drainPing && isDraining {
      isDrainPingAcked = true
    } else {
      events.append(.pingAcked(opaque))
    }
  }

  func received(goAway last: Int32, _ code: HTTP2ErrorCode, _ text: [UInt8]) {
    goAwayLastStreamID = last
    let printable = text.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
    events.append(
      .goAway(lastStreamID: last, code, debug: String(decoding: printable, as: UTF8.self)))
    // Requests that wait for their turn will never be sent; nghttp2 tells when it comes to them.
    guard role == .client else { return }
    for stream in streams where !stream.isOnTheWire { report(stream, closed: .unprocessed) }
  }

  func closed(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    report(stream, closed: closeReason(stream, code))
    if headerStream === stream { headerStream = nil }
    forget(stream)
  }

  private func closeReason(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) -> HTTP2CloseReason {
    if stream.isResetByPeer {
      // A server that has answered may not want the rest of the request (RFC 9113 section 8.1).
      return code == .noError && stream.remoteEnded ? .finished : .resetByPeer(code)
    }
    if let last = goAwayLastStreamID, role == .client, stream.id > last { return .unprocessed }
    if !stream.isOnTheWire { return .unprocessed }
    return code == .noError ? .finished : .resetLocally(code)
  }

  // MARK: Writing

  func sent(data stream: HTTP2Stream, _ bytes: Int) {
    queuedBytes -= bytes
    glitches.sent(bytes: bytes)
    messageFramesSent &+= 1
    guard stream.isAboveWatermark, stream.queue.count <= limits.sendHighWatermark / 2 else {
      return
    }
    stream.isAboveWatermark = false
    events.append(.writable(stream))
  }

  /// This side's half is over. A server that does not want the rest of the request says so, but not
  /// yet: see `resetAnswered`.
  func sentEnd(_ stream: HTTP2Stream?) {
    guard let stream else { return }
    stream.localEnded = true
    stream.isSendingOver = true
    if role == .server && !stream.remoteEnded {
      stream.answeredEarlyAt = clock()
      answeredEarly += 1
    }
  }

  /// RST_STREAMs that the peer provoked are counted: each cost a stream's set-up (CVE-2025-8671).
  func sent(reset stream: HTTP2Stream?, _ id: Int32, _ code: HTTP2ErrorCode) {
    guard role == .server, code != .noError, stream?.isResetByCaller != true else { return }
    switch code {
    // Reported when they were decided: a stream too many, a block that is far too large.
    case .refusedStream, .enhanceYourCalm: break
    default:
      if stream?.isMalformed != true { events.append(.refused(.streamError, streamID: id)) }
    }
    // A client that has not seen this side's limits yet cannot keep to them.
    if code == .refusedStream && !settingsAcked { return }
    if !inducedResets.take(1, now: clock) { pendingRefusal = .inducedResetFlood }
  }

  /// nghttp2 ends the connection: it found a violation of RFC 9113.
  func sent(goAway code: HTTP2ErrorCode, _ text: [UInt8]) {
    guard code != .noError, !isCallersGoAway, failure == nil else { return }
    let refusal: HTTP2Refusal =
      switch code {
      case .compressionError: .compressionError
      case .internalError: .internalError
      default: .protocolViolation
      }
    failure = .connection(refusal, code, debug: String(decoding: text, as: UTF8.self))
    events.append(.refused(refusal, streamID: 0))
  }

  /// A header block of this side exceeds the limit for sending: the stream cannot go on without it.
  func notSent(headersOf stream: HTTP2Stream?) {
    guard let stream, !stream.isClosed else { return }
    if stream.isOnTheWire {
      stream.isResetByCaller = true
      pendingResets.append((stream.id, .internalError))
    } else {
      report(stream, closed: .resetLocally(.internalError))
    }
  }
}

extension HeaderFields {
  /// A response head with a 1xx status: another one follows (RFC 9110 section 15.2).
  var isInterim: Bool {
    guard let status = first(where: { _ in true }) else { return false }
    return status.name.count == 7 && bytes[status.value].first == UInt8(ascii: "1")
  }
}
