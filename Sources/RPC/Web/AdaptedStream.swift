import Wire

/// A request of another protocol, between its transport and the call that it becomes: to the call
/// it is a gRPC stream, to the transport the receiver of its stream. What it does not translate
/// passes as it is.
///
/// Confined to the stream's executor. The transport's last event breaks the circle of call and
/// stream.
class AdaptedStream: TransportStream, StreamReceiver {
  final let stream: any TransportStream
  final private(set) var call: (any StreamReceiver)?

  init(_ stream: any TransportStream) { self.stream = stream }

  /// Starts the call.
  ///
  /// - Parameters:
  ///   - fields: the request's header block as gRPC's would be.
  ///   - endStream: the request has no body.
  func start(_ core: ServerCore, _ fields: HeaderFields, _ form: CallForm, endStream: Bool) {
    begin(core, fields, form, endStream: endStream)
  }

  final func begin(
    _ core: ServerCore, _ fields: HeaderFields, _ form: CallForm, endStream: Bool
  ) {
    call = core.start(self, fields, RequestHead(fields), endStream: endStream, form: form)
  }

  /// Whether the call was taken and wants the body that its client has announced.
  final var waitsForBody: Bool {
    guard let call = call as? ServerCall else { return false }
    return call.state.response == .idle && call.state.wantsRequest
  }

  /// Delivers bytes of the translated request.
  final func deliver(_ bytes: [UInt8], endStream: Bool) {
    bytes.withSpan(0..<bytes.count) { call?.received($0, endStream: endStream) }
  }

  /// Ends the call for a fault in what its client sends.
  final func fail(_ status: RPCError) { (call as? ServerCall)?.end(with: status) }

  // MARK: The call's side

  final var executor: any CallExecutor { stream.executor }
  final var peer: String { stream.peer }
  final var peerCredentials: PeerCredentials { stream.peerCredentials }
  final var account: CallAccount? { stream.account }
  final var isFullDuplex: Bool { stream.isFullDuplex }
  final var sendHighWatermark: Int { stream.sendHighWatermark }
  var queuedBytes: Int { stream.queuedBytes }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    stream.sendHeaders(fields, endStream: endStream)
  }

  func send(_ bytes: consuming [UInt8]) { stream.send(bytes) }
  func sendTrailers(_ fields: HeaderFields) { stream.sendTrailers(fields) }
  final func sendEnd() { stream.sendEnd() }
  final func reset(_ reason: StreamResetReason) { stream.reset(reason) }
  func consumed(_ count: Int) { stream.consumed(count) }
  func keep(_ count: Int) { stream.keep(count) }
  final func resume() { stream.resume() }
  final func armTimer(after delay: Duration) { stream.armTimer(after: delay) }
  final func disarmTimer() { stream.disarmTimer() }
  final var admissionNote: AnyObject? {
    get { stream.admissionNote }
    set { stream.admissionNote = newValue }
  }
  final func handlerEnded() { stream.handlerEnded() }
  final func messagesReceived(_ count: Int) { stream.messagesReceived(count) }
  final func callEnded(isOK: Bool) { stream.callEnded(isOK: isOK) }

  // MARK: The transport's side

  final func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

  func received(_ bytes: RawSpan, endStream: Bool) {
    call?.received(bytes, endStream: endStream)
  }

  func receivedTrailers(_ fields: HeaderFields) { call?.receivedTrailers(fields) }
  final func writable() { call?.writable() }
  final func timerFired() { call?.timerFired() }

  final func closed(_ reason: StreamCloseReason) {
    let call = self.call
    self.call = nil
    call?.closed(reason)
  }
}

/// An answer in plain HTTP, which no protocol on top of it translates: 405 for instance.
extension HeaderFields {
  var isPlainAnswer: Bool {
    guard let status = value(":status") else { return false }
    return !status.elementsEqual("200".utf8)
  }
}
