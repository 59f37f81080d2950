/// Where a call stands at its client; pure.
///
/// The response moves from awaiting headers to open to ended, and ends once: by trailers, or by
/// the first failure seen (the peer's, or our own: cancelled, deadline, limits). The request ends
/// on its own.
struct ClientCallState {
  enum Response: Equatable {
    case awaitingHeaders
    case open(httpStatus: Int?)
    /// nil is OK.
    case ended(RPCError?)
  }

  private(set) var response = Response.awaitingHeaders
  private(set) var requestEnded = false
  private(set) var streamIsOpen = true

  var isOver: Bool {
    if case .ended = response { true } else { false }
  }

  /// Messages may still be written.
  var takesRequests: Bool { !isOver && !requestEnded }

  var httpStatus: Int? {
    if case .open(let status) = response { status } else { nil }
  }

  mutating func requestFinished() { requestEnded = true }

  /// awaitingHeaders -> open.
  mutating func headersReceived(httpStatus: Int?) {
    if case .awaitingHeaders = response { response = .open(httpStatus: httpStatus) }
  }

  /// awaitingHeaders, open -> ended.
  ///
  /// - Returns: false when the call had ended before.
  mutating func statusKnown(_ status: RPCError?) -> Bool {
    if isOver { return false }
    response = .ended(status)
    return true
  }

  mutating func streamClosed() { streamIsOpen = false }

  /// Another attempt has begun.
  mutating func streamOpened() { streamIsOpen = true }

  /// The caller is done.
  ///
  /// - Returns: whether the stream is to be reset because a half of it is still open.
  func abandoned() -> Bool { streamIsOpen && !(isOver && requestEnded) }
}
