/// In which encoding a service answers where the handler does not say, of those that the server has
/// and the client lists in `grpc-accept-encoding` (grpc/doc/compression.md).
public struct ResponseCompression: Sendable, Hashable {
  public enum Choice: Sendable, Hashable {
    /// As it is.
    case identity
    /// That of the request's messages.
    case sameAsRequest
    /// The encoding of that name, `gzip` for example.
    case encoding(String)
  }

  public var choice: Choice
  /// Messages with fewer bytes are sent as they are.
  public var minimumBytes: Int

  public init(_ choice: Choice, minimumBytes: Int = 1024) {
    self.choice = choice
    self.minimumBytes = minimumBytes
  }

  public static let identity = ResponseCompression(.identity)
  public static let sameAsRequest = ResponseCompression(.sameAsRequest)
}
