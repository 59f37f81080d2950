public import Wire

// The attempts of a call. Each has a stream of its own, which is sent what the call has sent so
// far; nothing of an earlier one is looked at any more.
extension ClientCall {
  /// Begins an attempt, once its credentials are there.
  func begin() {
    // Matched, here and where a call ends: a comparison with nil copies what may be there.
    if case .none = client.credentials, case .none = options.credentials {
      return open(credentials: nil)
    }
    fetch([client.credentials, options.credentials].compactMap { $0 })
  }

  private func open(credentials: Metadata?) {
    let timeout = deadline.map { $0.timeLeft(at: executor.currentInstant) }
    let receiver: any StreamReceiver =
      streamNumber == 0 ? self : AttemptReceiver(self, streamNumber)
    tally?.attemptStarted(at: executor.currentInstant)
    let head = client.head(of: self, timeout: timeout, watched(credentials))
    let stream = client.transport.openStream(
      head: head, endStream: false, waitsForReady: options.waitForReady ?? false,
      receiver: receiver)
    self.stream = stream
    if let timeout { stream.armTimer(after: timeout) }
    if replay.byteCount > 0 || state.requestEnded || streamNumber > 0 { sendAgain(on: stream) }
  }

  /// The metadata of an attempt: with that of its watch, if somebody watches.
  private func watched(_ credentials: Metadata?) -> Metadata? {
    guard let onAttempt = options.onAttempt else { return credentials }
    let watch = onAttempt(attempts.current)
    onAttemptEnd = watch.onEnd
    var all = watch.metadata
    if let credentials { all.append(credentials) }
    return all
  }

  /// Without effect between two attempts.
  func attemptEnded(_ status: RPCError?) {
    tally?.attemptEnded(status?.code ?? .ok, at: executor.currentInstant)
    guard let onAttemptEnd else { return }
    self.onAttemptEnd = nil
    onAttemptEnd(status)
  }

  private func sendAgain(on stream: any TransportStream) {
    state.streamOpened()
    replay.forEach {
      tally?.sent($0)
      stream.send($0)
    }
    if replay.byteCount > ClientCalls.mostReplayBytes { commit() }
    if state.requestEnded { stream.sendEnd() }
    writers.resumeAll()
  }

  /// Keeps a message for another attempt; commits the call when there is no room for it.
  func keep(_ frame: [UInt8]) {
    let fits =
      replay.byteCount + frame.count <= ClientCalls.mostReplayBytes
      && client.calls.replayBytes + frame.count <= ClientCalls.mostReplayBytesOfClient
    // Between two attempts it is the next one's, whatever its size: it commits the call then.
    guard fits || stream == nil else { return commit() }
    client.calls.replayBytes += frame.count
    replay.append(frame)
  }

  /// There is no attempt after this one.
  func commit() {
    attempts.commit()
    client.calls.replayBytes -= replay.byteCount
    replay.removeAll()
  }

  /// An attempt has failed.
  ///
  /// - Returns: whether there will be another one, and the call goes on.
  func triesAgain(after status: RPCError, isUnprocessed: Bool = false) -> Bool {
    guard !state.isOver, !attempts.isCommitted else { return false }
    let decision = attempts.failed(
      status, isUnprocessed: isUnprocessed, policy: retryPolicy, throttle: &client.calls.throttle,
      random: Double.random(in: 0...1))
    guard case .again(let delay) = decision else { return false }
    // To wait for a deadline would only hide the status.
    if let deadline, deadline.timeLeft(at: executor.currentInstant) <= delay { return false }
    streamNumber += 1
    let next = streamNumber
    stream?.callEnded(isOK: false)
    attemptEnded(status)
    stream?.reset(.cancel)
    stream = nil
    writers.resumeAll()
    // Weak, for the caller may have given up long before the pause ends.
    executor.execute(after: delay) { [weak self] in
      if let self, self.streamNumber == next, !self.state.isOver { self.begin() }
    }
    return true
  }

  // MARK: Credentials

  private func fetch(_ credentials: [any CallCredentials]) {
    guard client.isSecure || credentials.allSatisfy(\.allowsInsecureTransport) else {
      return fail(.insecureCredentials)
    }
    let request = client.credentialsRequest(method)
    if let deadline { watchDeadline(deadline, streamNumber) }
    credentialsTask = Task {
      var metadata = Metadata()
      do {
        for credential in credentials {
          metadata.append(try await credential.metadata(for: request))
        }
        let all = metadata
        self.executor.execute { self.fetched(.success(all)) }
      } catch {
        let status = RPCError(ofCredentials: error)
        self.executor.execute { self.fetched(.failure(status)) }
      }
    }
  }

  private func fetched(_ result: Result<Metadata, RPCError>) {
    guard !state.isOver, credentialsTask != nil else { return }
    credentialsTask = nil
    switch result {
    case .success(let metadata): open(credentials: metadata)
    case .failure(let status): if !triesAgain(after: status) { fail(status) }
    }
  }

  /// A stream has its own timer; without one the deadline is watched here.
  private func watchDeadline(_ deadline: Deadline, _ number: Int) {
    executor.execute(after: deadline.timeLeft(at: executor.currentInstant)) { [weak self] in
      guard let self, self.streamNumber == number, self.stream == nil else { return }
      self.fail(.deadlineExceeded)
    }
  }
}

/// The first attempt's stream, as nearly every call has no other.
extension ClientCall: StreamReceiver {
  @usableFromInline
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {
    if streamNumber == 0 { headersCame(fields, endStream: endStream) }
  }

  @usableFromInline
  func received(_ bytes: RawSpan, endStream: Bool) {
    if streamNumber == 0 { bytesCame(bytes, endStream: endStream) }
  }

  @usableFromInline
  func receivedTrailers(_ fields: HeaderFields) {
    if streamNumber == 0 { trailersCame(fields) }
  }

  @usableFromInline
  func writable() { if streamNumber == 0 { writers.resumeAll() } }

  @usableFromInline
  func timerFired() { if streamNumber == 0 { fail(.deadlineExceeded) } }

  @usableFromInline
  func closed(_ reason: StreamCloseReason) { if streamNumber == 0 { streamClosed(reason) } }
}

/// A later attempt's stream.
private final class AttemptReceiver: StreamReceiver {
  private let call: ClientCall
  private let number: Int

  init(_ call: ClientCall, _ number: Int) {
    self.call = call
    self.number = number
  }

  private var isCurrent: Bool { call.streamNumber == number }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {
    if isCurrent { call.headersCame(fields, endStream: endStream) }
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    if isCurrent { call.bytesCame(bytes, endStream: endStream) }
  }

  func receivedTrailers(_ fields: HeaderFields) { if isCurrent { call.trailersCame(fields) } }
  func writable() { if isCurrent { call.writers.resumeAll() } }
  func timerFired() { if isCurrent { call.fail(.deadlineExceeded) } }
  func closed(_ reason: StreamCloseReason) { if isCurrent { call.streamClosed(reason) } }
}
