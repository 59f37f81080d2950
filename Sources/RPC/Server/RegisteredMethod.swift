public import Protobuf

/// A handler with its messages' codecs around it; the types are known only inside.
@usableFromInline
final class RegisteredMethod: Sendable {
  /// Runs the handler; returns the framed reply of a method with one reply, nil of the others.
  @usableFromInline typealias Operation = @Sendable () async throws -> [UInt8]?

  @usableFromInline
  enum Body: Sendable {
    /// One request message, lent for the length of the call to be decoded. Nil when the call has
    /// had its answer.
    case single(@Sendable (RawSpan, ServerCall) throws -> Operation?)
    /// A stream of request messages.
    case stream(@Sendable (ServerCall) -> Operation)
  }

  let descriptor: MethodDescriptor
  let path: [UInt8]
  let body: Body
  let compression: ResponseCompression
  /// Of the messages of the request.
  let decodingLimits: DecodingLimits
  /// A call that must be answered however busy the server is: it gets of the reserve of handlers.
  let isEssential: Bool

  @usableFromInline
  convenience init(
    _ descriptor: MethodDescriptor, _ compression: ResponseCompression,
    _ decodingLimits: DecodingLimits, _ body: Body
  ) {
    let isEssential = descriptor.service == "grpc.health.v1.Health"
    self.init(
      descriptor, compression, decodingLimits, body,
      isEssential: isEssential)
  }

  init(
    _ descriptor: MethodDescriptor, _ compression: ResponseCompression,
    _ decodingLimits: DecodingLimits, _ body: Body, isEssential: Bool
  ) {
    self.descriptor = descriptor
    self.decodingLimits = decodingLimits
    self.compression = compression
    path = Array(descriptor.path.utf8)
    self.body = body
    self.isEssential = isEssential
  }
}
