public import Protobuf

/// How a call failed: handlers throw it, and a client's calls do.
///
/// All of it goes to the peer: code, message, details and metadata.
public struct RPCError: Error, Sendable {
  public var code: StatusCode { didSet { block = nil } }
  /// For people. Sent percent-encoded as `grpc-message`.
  public var message: String { didSet { block = nil } }
  /// Sent as `grpc-status-details-bin`, a `google.rpc.Status` with the same code and message.
  public var details: [ErrorDetail] { didSet { block = nil } }
  /// Sent with the trailers; at a client, the trailers that came.
  public var metadata: Metadata { didSet { block = nil } }
  /// Sent as `grpc-retry-pushback-ms` (gRFC A6): see `overloaded`.
  var pushbackMilliseconds: Int32? { didSet { block = nil } }
  /// The header block of a reply that is nothing else; nil where it is made for each reply.
  private(set) var block: StatusBlock?

  public init(
    _ code: StatusCode, _ message: String = "", details: [ErrorDetail] = [],
    metadata: Metadata = Metadata()
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.metadata = metadata
  }

  /// The same, with its header block encoded now, once: for what ends many calls. A change of the
  /// copy drops the block.
  public func encodedOnce() -> RPCError {
    var copy = self
    copy.block = StatusBlock(self)
    return copy
  }

  /// Bytes that `encodedOnce` takes, about; 0 without it.
  public var encodedByteCount: Int { block.map { 2 * $0.byteCount } ?? 0 }

  /// The first detail of this type, decoded; nil when there is none that can be decoded.
  public func detail<M: Message>(_ type: M.Type) -> M? {
    for detail in details {
      if let message = try? detail.unpacked(as: type) { return message }
    }
    return nil
  }
}

extension RPCError: Hashable {
  public static func == (left: RPCError, right: RPCError) -> Bool {
    left.code == right.code && left.message == right.message && left.details == right.details
      && left.metadata == right.metadata && left.pushbackMilliseconds == right.pushbackMilliseconds
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(message)
    hasher.combine(details)
  }
}

extension RPCError: CustomStringConvertible {
  public var description: String {
    message.isEmpty ? code.description : "\(code.description): \(message)"
  }
}
