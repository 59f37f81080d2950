/// Where a call on a server stands; pure. Inputs are in the past tense, the caller performs what
/// they return.
///
/// Three things move on their own: the request (open, then ended), the response (idle, started,
/// ended) and the handler (none, running, ended). The response ends once: by the handler, by a
/// deadline or a broken request (the handler may still run: it is cancelled, and what it says
/// later is dropped), or because the stream went away.
struct ServerCallState {
  enum Response { case idle, started, ended }
  enum Handler { case none, running, ended }

  enum EndAction {
    /// One header block that ends the stream.
    case sendTrailersOnly
    case sendTrailers
    /// The response had ended before: the late one is dropped.
    case nothing
  }

  enum MessageAction {
    case sendHeadersAndMessage
    case sendMessage
    case nothing
  }

  private(set) var response = Response.idle
  private(set) var handler = Handler.none
  private(set) var requestEnded = false

  var isOver: Bool { response == .ended }
  /// A handler runs although its call is over.
  var handlerIsOrphaned: Bool { response == .ended && handler == .running }
  /// More of the request is of use.
  var wantsRequest: Bool { response != .ended && !requestEnded }

  mutating func endStreamReceived() { requestEnded = true }

  /// none -> running.
  mutating func handlerStarted() { handler = .running }

  /// running -> ended.
  mutating func handlerReturned() { handler = .ended }

  /// idle -> started.
  ///
  /// - Returns: whether the header block is to be sent.
  mutating func headersWanted() -> Bool {
    guard response == .idle else { return false }
    response = .started
    return true
  }

  /// idle -> started on the first message.
  mutating func messageWritten() -> MessageAction {
    switch response {
    case .idle:
      response = .started
      return .sendHeadersAndMessage
    case .started: return .sendMessage
    case .ended: return .nothing
    }
  }

  /// idle, started -> ended.
  mutating func statusDecided() -> EndAction {
    defer { response = .ended }
    switch response {
    case .idle: return .sendTrailersOnly
    case .started: return .sendTrailers
    case .ended: return .nothing
    }
  }

  /// Any state -> ended, request included.
  ///
  /// - Returns: whether the stream went away before the call had a status.
  mutating func streamClosed() -> Bool {
    defer {
      response = .ended
      requestEnded = true
    }
    return response != .ended
  }
}
