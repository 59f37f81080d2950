public import Wire

/// Decides on requests from their header blocks, before any byte of a body is taken: who calls, and
/// whether the call may go on. The place for credentials, quotas and policies.
///
/// One for a server. It sees gRPC calls and requests that are not gRPC alike; requests that gRPC
/// itself refuses, for an unknown method say, do not come to it.
public protocol RequestAdmission: Sendable {
  /// Called once for each request, on the thread of its stream's executor: must be cheap and must
  /// not wait.
  ///
  /// - Parameters:
  ///   - request: what the header block says.
  ///   - storage: becomes the call's `ServerContext.storage`.
  /// - Throws: the status that the client gets; over plain HTTP the status code that says so, from
  ///   `HTTPHandler.response(to:)`.
  func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError)

  /// Called on the same thread before the handler of a method with one request message, when that
  /// was whole a second or more after `admit`: what admitted the call may be over. Not called where
  /// `admit` has left no values. Does nothing unless it is implemented.
  ///
  /// - Parameters:
  ///   - method: which the call is for.
  ///   - storage: the call's values, as `admit` left them.
  ///   - executor: owns the call.
  func readmit(
    _ method: MethodDescriptor, _ storage: CallStorage, on executor: any CallExecutor
  ) throws(RPCError)
}

extension RequestAdmission {
  public func readmit(
    _ method: MethodDescriptor, _ storage: CallStorage, on executor: any CallExecutor
  ) throws(RPCError) {}
}

/// A request as its header block describes it. Valid during the callback that gets it.
public struct RequestHeaders {
  private let registered: RegisteredMethod?
  private let stream: any TransportStream

  /// Nil when the request is not gRPC.
  public var method: MethodDescriptor? { registered?.descriptor }
  /// The other side of the connection, as `ServerContext.peer` has it.
  public var peer: String { stream.peer }
  /// Will own the call.
  public var executor: any CallExecutor { stream.executor }
  /// What the connection tells of the other side.
  public var peerCredentials: PeerCredentials { stream.peerCredentials }
  /// Whether it must be answered however busy the server is, as a health check.
  public var isEssential: Bool { registered?.isEssential ?? false }
  /// What the admission remembers of the request's connection, for the next request on it: most of
  /// them are alike. Nil at first, when the connection has rested, and over transports that keep
  /// nothing.
  public var connectionNote: AnyObject? {
    get { stream.admissionNote }
    nonmutating set { stream.admissionNote = newValue }
  }
  /// All fields in wire order, pseudo-header fields included.
  public let fields: HeaderFields

  /// The metadata among the fields.
  public var metadata: Metadata { Metadata(received: fields) }

  init(_ method: RegisteredMethod?, _ stream: any TransportStream, _ fields: HeaderFields) {
    registered = method
    self.stream = stream
    self.fields = fields
  }
}
