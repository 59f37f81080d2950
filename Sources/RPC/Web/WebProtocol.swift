/// A protocol other than gRPC in which a server's methods answer: see <doc:OtherProtocols>.
public enum WebProtocol: String, Sendable, Hashable, CaseIterable {
  /// gRPC-Web, binary and as base64 (grpc/doc/PROTOCOL-WEB.md).
  case grpcWeb = "grpc-web"
  /// The Connect protocol (connectrpc.com/docs/protocol): single messages as plain HTTP requests,
  /// GET for methods without side effects, streams; messages in binary or as JSON.
  case connect
}

/// How a call came that is the translation of another protocol's.
struct CallForm {
  /// Nil is gRPC.
  var webProtocol: WebProtocol?
  /// Its messages are JSON, and not binary.
  var isJSON = false
  /// Its request is one message without a frame.
  var isBare = false
}
