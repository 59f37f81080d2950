/// A violation of gRPC's message framing in a stream of bytes.
enum FramingError: Error, Hashable {
  /// The first octet of a prefix is neither 0 nor 1.
  case badFlags(UInt8)
  /// The message is marked as compressed, but no `grpc-encoding` says how.
  case compressedWithoutEncoding
  case messageTooLarge(length: Int, limit: Int)
  /// The stream ended inside a message.
  case truncated

  var refusal: RefusalClass {
    if case .messageTooLarge = self { .messageTooLarge } else { .badFraming }
  }

  var status: RPCError {
    switch self {
    case .badFlags(let flags):
      RPCError(.internal, "a message prefix has unknown flags: \(flags)")
    case .compressedWithoutEncoding:
      RPCError(.internal, "a message is marked as compressed, but grpc-encoding is not set")
    case .messageTooLarge(let length, let limit):
      RPCError(
        .resourceExhausted, "a message of \(length) bytes is larger than the limit of \(limit)")
    case .truncated:
      RPCError(.internal, "the stream ended inside a message")
    }
  }
}
