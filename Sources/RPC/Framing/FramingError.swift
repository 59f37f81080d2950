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
}
