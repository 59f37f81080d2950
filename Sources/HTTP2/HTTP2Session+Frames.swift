internal import CNGHTTP2

/// What happens to bytes before nghttp2 reads them.
extension HTTP2Session {
  /// A gRPC message has a prefix of five bytes: frames with less cost more than they carry.
  static let tinyBytes = 5
  /// What a server's peer has to say of the streams that a server opens: nothing, there are none.
  private static let noStream: [UInt8] = [0, 0, 0, 0]
  /// The last byte of a PRIORITY.
  private static let weight: [UInt8] = [0]
  /// The answer to a PING that was not sent.
  private static let probe: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 0]

  /// Takes the client's preface from the front of `bytes`, and tells how much of them that was.
  func receivePreface(_ bytes: RawSpan) throws(HTTP2Error) -> Int {
    if preface.isComplete { return 0 }
    switch preface.match(bytes) {
    case .incomplete: return bytes.byteCount
    case .complete(let count): return count
    case .foreign(let guess):
      let error = HTTP2Error.badPreface(guess)
      failure = error
      events.append(.refused(.badPreface, streamID: 0))
      throw error
    }
  }

  /// Feeds bytes to nghttp2 and charges each frame as its header comes.
  ///
  /// nghttp2 gets a frame header in one piece, once it has been charged. The last stream identifier
  /// of a client's GOAWAY becomes 0: grpc-go names one of its own streams, for which nghttp2 would
  /// end the connection and lose the calls that are open.
  func scan(_ bytes: RawSpan, from start: Int) throws(HTTP2Error) {
    var fed = start
    var position = start
    while let find = scanner.next(in: bytes, from: position) {
      switch find {
      case .header(let header, let end):
        position = end
        let boundary = max(fed, end - FrameScanner.headerBytes)
        if role == .server, !header.interruptsBlock, let fault = streamRules.check(header) {
          try feed(bytes, fed..<boundary)
          return try endConnection(for: fault)
        }
        if let refusal = charge(header) {
          try feed(bytes, fed..<boundary)
          fed = boundary
          guard try stillCharges(header, refusal) else { return }
        }
        if !heldHeader.isEmpty {
          hold(bytes, fed..<end)
          fed = end
          try feedHeldHeader()
        }
      case .lastStreamID(let range):
        position = range.upperBound
        guard role == .server else { continue }
        try feed(bytes, fed..<range.lowerBound)
        try unsafe feed(Self.noStream.span.bytes, 0..<range.count)
        fed = range.upperBound
      case .selfDependency(let end):
        position = end
        guard role == .server else { continue }
        try feed(bytes, fed..<end)
        try unsafe feed(Self.weight.span.bytes, 0..<Self.weight.count)
        return try endConnection(for: .selfDependency)
      }
    }
    let end = bytes.byteCount - min(scanner.partialHeaderBytes, bytes.byteCount - fed)
    try feed(bytes, fed..<end)
    if end < bytes.byteCount { hold(bytes, end..<bytes.byteCount) }
  }

  private func hold(_ bytes: RawSpan, _ range: Range<Int>) {
    for offset in range {
      heldHeader.append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }
  }

  private func feedHeldHeader() throws(HTTP2Error) {
    let held = heldHeader
    heldHeader.removeAll(keepingCapacity: true)
    try unsafe feed(held.span.bytes, 0..<held.count)
  }

  /// Looks again at a frame that was refused, now that nghttp2 has read all before it: useful
  /// frames may have earned what this one costs.
  ///
  /// - Returns: false when nghttp2 has ended the connection for something before: its GOAWAY tells.
  private func stillCharges(
    _ header: FrameScanner.Header, _ refusal: HTTP2Refusal
  ) throws(HTTP2Error) -> Bool {
    if refusal.isOfGlitches, charge(header) == nil { return true }
    if header.continuation == 0, try !isReading() {
      isDeaf = true
      return false
    }
    throw overBudget(refusal)
  }

  /// Ends the connection between two frames, for one that nghttp2 would pass over, unless nghttp2
  /// has ended it for something before: its GOAWAY tells.
  private func endConnection(for fault: StreamFault) throws(HTTP2Error) {
    guard try isReading() else {
      isDeaf = true
      return
    }
    throw fail(.protocolViolation, fault.code, fault.rawValue)
  }

  /// Whether nghttp2 still reads. Nothing in its interface tells, but that it reports a frame:
  /// between two others it is given one that has no effect.
  private func isReading() throws(HTTP2Error) -> Bool {
    isProbing = true
    try unsafe feed(Self.probe.span.bytes, 0..<Self.probe.count)
    defer { isProbing = false }
    return !isProbing
  }

  /// What is wrong with one more such frame, if anything.
  private func charge(_ header: FrameScanner.Header) -> HTTP2Refusal? {
    switch header.type {
    case FrameType.data:
      let isPadded = header.flags & UInt8(NGHTTP2_FLAG_PADDED.rawValue) != 0
      return header.length < Self.tinyBytes || isPadded ? charge(.frame, .dataFlood) : nil
    case FrameType.continuation:
      if header.continuation > limits.maxContinuations { return .continuationFlood }
      return header.length == 0 ? charge(.frame) : nil
    case FrameType.reset:
      return role == .client || resets.take(1, now: clock) ? nil : .resetFlood
    case FrameType.settings:
      return charge(.settings, .settingsFlood)
    case FrameType.ping:
      return charge(.frame, .pingFlood)
    default:
      return charge(.frame)
    }
  }

  private func charge(
    _ cost: GlitchBudget.Cost, _ refusal: HTTP2Refusal = .glitchFlood
  ) -> HTTP2Refusal? {
    glitches.charge(cost, now: clock) ? nil : refusal
  }

  private func feed(_ bytes: RawSpan, _ range: Range<Int>) throws(HTTP2Error) {
    guard !range.isEmpty else { return }
    let result = unsafe bytes.extracting(range).withUnsafeBytes { bytes in
      unsafe nghttp2_session_mem_recv(
        handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    if let refusal = pendingRefusal { throw overBudget(refusal) }
    // FLOODED, TOO_MANY_CONTINUATIONS: the peer's doing. NOMEM, CALLBACK_FAILURE: ours.
    if result < 0 { throw fail(library: CInt(clamping: result)) }
  }
}
