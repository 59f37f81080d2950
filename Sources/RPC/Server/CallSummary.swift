/// How one call went.
public struct CallSummary: Sendable {
  /// Nil when the request named no method of this server.
  public let method: MethodDescriptor?
  /// `/pkg.Service/Method`, as the client sent it.
  public let path: String
  public let peer: String
  public let code: StatusCode
  /// The message that went to the client.
  public let message: String
  /// What was thrown, when it was not the status itself; does not go to the client.
  public let error: (any Error)?
  /// Set when the request was not gRPC and got a plain HTTP answer.
  public let httpStatus: Int?
  /// From the request's header block to the status.
  public let duration: Duration
  /// Bytes of framed messages.
  public let bytesReceived: Int
  public let bytesSent: Int
}
