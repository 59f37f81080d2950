public import Protobuf

/// How a call failed: handlers throw it, and a client's calls do.
///
/// All of it goes to the peer: code, message, details and metadata.
public struct RPCError: Error, Sendable, Hashable {
  public var code: StatusCode
  /// For people. Sent percent-encoded as `grpc-message`.
  public var message: String
  /// Sent as `grpc-status-details-bin`, a `google.rpc.Status` with the same code and message.
  public var details: [ErrorDetail]
  /// Sent with the trailers; at a client, the trailers that came.
  public var metadata: Metadata
  /// Sent as `grpc-retry-pushback-ms` (gRFC A6): see `overloaded`.
  var pushbackMilliseconds: Int32?

  public init(
    _ code: StatusCode, _ message: String = "", details: [ErrorDetail] = [],
    metadata: Metadata = Metadata()
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.metadata = metadata
  }

  /// The first detail of this type, decoded; nil when there is none that can be decoded.
  public func detail<M: Message>(_ type: M.Type) -> M? {
    for detail in details {
      if let message = try? detail.unpacked(as: type) { return message }
    }
    return nil
  }
}

extension RPCError: CustomStringConvertible {
  public var description: String {
    message.isEmpty ? code.description : "\(code.description): \(message)"
  }
}
