import Wire

/// What an answer tells a browser about the pages that may read it (Fetch, section 3.2.3).
enum CrossOriginAnswer: Hashable {
  /// Nothing.
  case none
  /// Nothing, and that another origin gets another answer.
  case varying
  /// Pages of this origin, as the browser wrote it, may read it.
  case to(String)
  /// All pages may.
  case toAll

  func append(to block: inout HeaderFields) {
    switch self {
    case .none: return
    case .varying: break
    case .to(let origin): block.append("access-control-allow-origin", origin)
    case .toAll:
      block.append("access-control-allow-origin", "*")
      return
    }
    // Else a cache would give one origin's answer to another.
    block.append("vary", "origin")
  }

  /// Adds its fields to an answer's header block, and the names of the fields that the page may
  /// read. What a handler says itself of pages stands.
  func complete(_ block: inout HeaderFields) {
    switch self {
    case .none: return
    case .varying: return append(to: &block)
    case .to, .toAll: break
    }
    guard block.value("access-control-allow-origin") == nil else { return }
    let exposed = Self.exposedNames(of: block)
    append(to: &block)
    block.append("access-control-expose-headers", exposed)
  }

  /// gRPC's and Connect's own fields, which may come in any answer.
  private static let known = [
    "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding",
    "grpc-accept-encoding", "content-encoding", "connect-content-encoding",
    "connect-accept-encoding", "retry-after", "allow",
  ]
  private static let knownText = known.joined(separator: ", ")

  /// Those that are known and those that are there: metadata of a handler has names of its own.
  private static func exposedNames(of block: HeaderFields) -> String {
    var names = knownText
    var added: Set<String> = []
    for field in block where block.bytes[field.name].first != UInt8(ascii: ":") {
      let name = String(decoding: block.bytes[field.name], as: UTF8.self)
      guard !known.contains(name), added.insert(name).inserted else { continue }
      names += ", " + name
    }
    return names
  }
}

/// A stream whose answer tells a browser that the page which asked may read it. What answers knows
/// nothing of pages.
final class CrossOriginStream: TransportStream {
  private let stream: any TransportStream
  private let answer: CrossOriginAnswer

  init(_ stream: any TransportStream, _ answer: CrossOriginAnswer) {
    self.stream = stream
    self.answer = answer
  }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    var fields = fields
    answer.complete(&fields)
    stream.sendHeaders(fields, endStream: endStream)
  }

  // The rest is the stream's own.
  var executor: any CallExecutor { stream.executor }
  var peer: String { stream.peer }
  var peerCredentials: PeerCredentials { stream.peerCredentials }
  var account: CallAccount? { stream.account }
  var isFullDuplex: Bool { stream.isFullDuplex }
  var queuedBytes: Int { stream.queuedBytes }
  var sendHighWatermark: Int { stream.sendHighWatermark }
  func send(_ bytes: consuming [UInt8]) { stream.send(bytes) }
  func sendTrailers(_ fields: HeaderFields) { stream.sendTrailers(fields) }
  func sendEnd() { stream.sendEnd() }
  func reset(_ reason: StreamResetReason) { stream.reset(reason) }
  func consumed(_ count: Int) { stream.consumed(count) }
  func keep(_ count: Int) { stream.keep(count) }
  func resume() { stream.resume() }
  func armTimer(after delay: Duration) { stream.armTimer(after: delay) }
  func disarmTimer() { stream.disarmTimer() }
  var admissionNote: AnyObject? {
    get { stream.admissionNote }
    set { stream.admissionNote = newValue }
  }
  func handlerEnded() { stream.handlerEnded() }
  func messagesReceived(_ count: Int) { stream.messagesReceived(count) }
  func callEnded(isOK: Bool) { stream.callEnded(isOK: isOK) }
}
