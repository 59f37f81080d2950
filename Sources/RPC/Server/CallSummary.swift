/// How one call went.
public struct CallSummary: Sendable {
  /// Nil when the request named no method of this server, and led to no call of one.
  public let method: MethodDescriptor?
  /// `/pkg.Service/Method`, as the client sent it; path and query when it was not gRPC.
  public let path: String
  public let peer: String
  /// The protocol of the request when it was one that `RPCServer` translates; nil for gRPC.
  public let webProtocol: WebProtocol?
  public let code: StatusCode
  /// The message that went to the client.
  public let message: String
  /// The details that went to the client with it.
  public let details: [ErrorDetail]
  /// The error that the handler threw, if that was not the status itself; the client does not get
  /// it.
  public let error: (any Error)?
  /// The request's method, GET say, when it was not gRPC.
  public let httpMethod: String?
  /// Set when the request was not gRPC and got a plain HTTP answer.
  public let httpStatus: Int?
  /// From the request's header block to the status.
  public let duration: Duration
  /// Bytes of framed messages.
  public let bytesReceived: Int
  public let bytesSent: Int
  /// Messages that the handler took, and those that were sent.
  public let messagesReceived: Int
  public let messagesSent: Int
  /// Owns the call.
  public let executor: any CallExecutor
  /// The call's, with the values that admission, observers and interceptors have put into it.
  public let storage: CallStorage
}
