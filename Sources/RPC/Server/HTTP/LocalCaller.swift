import Wire

/// The stream of a call that another request of the same server makes: it has the request whole,
/// and keeps the reply.
///
/// Sendable because every `var` is confined to the executor, as in `ServerCall`.
final class LocalCaller: TransportStream, @unchecked Sendable {
  let executor: any CallExecutor
  let peer: String
  let peerCredentials: PeerCredentials
  let account: CallAccount?
  private var call: ServerCall?
  private var reply: [UInt8] = []
  /// Tells how the call ended; until then.
  private var tellEnd: (() -> Void)?

  init(_ stream: any TransportStream) {
    executor = stream.executor
    peer = stream.peer
    peerCredentials = stream.peerCredentials
    account = stream.account
  }

  /// Runs the method.
  ///
  /// - Parameters:
  ///   - admittedAt: when the other request was.
  ///   - ended: called once on the executor, perhaps before this returns, when the status is known
  ///     (nil for OK) and no handler runs any more: a cancelled one may take its time.
  func start(
    _ core: ServerCore, _ head: HeaderFields, _ method: RegisteredMethod, _ frame: [UInt8],
    started: ContinuousClock.Instant, admittedAt: ContinuousClock.Instant, storage: CallStorage,
    ended: @escaping ServerCall.Observer
  ) {
    let call = ServerCall(
      core, self, head, method, started: started, timeout: .absent, storage: storage,
      isWithinRequest: true, admittedAt: admittedAt
    ) { status, error, storage in
      self.tellEnd = { ended(status, error, storage) }
      if self.call?.state.handler != .running { self.handlerEnded() }
    }
    self.call = call
    call.start(endStream: false)
    frame.withSpan(0..<frame.count) { call.received($0, endStream: true) }
  }

  func handlerEnded() {
    guard let tellEnd else { return }
    self.tellEnd = nil
    call = nil
    tellEnd()
  }

  /// The reply is of no use any more.
  func cancel() { call?.closed(.resetLocally) }

  func result(status: RPCError?) -> Result<[UInt8], RPCError> {
    status.map { .failure($0) } ?? .success(reply)
  }

  func send(_ bytes: consuming [UInt8]) { reply = bytes }

  // The call's observer gets the status; nothing else of a stream has a use here.
  var queuedBytes: Int { 0 }
  var sendHighWatermark: Int { .max }
  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func sendTrailers(_ fields: HeaderFields) {}
  func sendEnd() {}
  func reset(_ reason: StreamResetReason) {}
  func consumed(_ count: Int) {}
  /// Without a deadline, and with the message whole, a unary call arms none but that of its
  /// caller's right, which counts when it is admitted.
  func armTimer(after delay: Duration) {}
  func disarmTimer() {}
}
