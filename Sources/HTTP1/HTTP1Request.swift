public import Wire

/// The head of one request.
public struct HTTP1Request: Sendable, Equatable {
  /// How the end of the body is known.
  public enum Body: Sendable, Equatable {
    case none
    /// So many bytes, at least one.
    case length(Int)
    case chunked
  }

  /// The fields as HTTP/2 has them: `:method`, `:scheme`, `:path`, `:authority` if known, then the
  /// others with their names in lower case, without `host`, `expect` and those about the
  /// connection.
  public var fields = HeaderFields()
  public var body = Body.none
  /// The method is HEAD: the answer has no body.
  public var isHead = false
  /// HTTP/1.0: the answer cannot be chunked.
  public var isVersion10 = false
  /// The client wants to send more requests.
  public var keepsAlive = true
  /// The client waits for 100 before it sends the body.
  public var expectsContinue = false
}
