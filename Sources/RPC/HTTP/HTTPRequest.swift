public import Protobuf
public import Wire

/// Calls unary methods of the server that a request came to.
protocol UnaryCaller: Sendable {
  /// - Parameter frame: the framed request.
  /// - Returns: the framed reply.
  @concurrent
  func call(_ method: MethodDescriptor, _ frame: [UInt8]) async -> Result<[UInt8], RPCError>
}

/// A complete HTTP request.
public struct HTTPRequest: Sendable {
  public let method: String
  /// Path and query, as sent.
  public let path: String
  /// All fields, pseudo-header fields included.
  public let headers: HeaderFields
  public let body: [UInt8]
  public let peer: String
  /// Makes the calls of `call`.
  let caller: any UnaryCaller

  /// The first value of a header field; nil where there is none.
  ///
  /// - Parameter name: in lower case.
  public func header(_ name: StaticString) -> String? {
    headers.value(name).map { String(decoding: $0.trimmingSpaces, as: UTF8.self) }
  }

  /// Calls a unary method of the same server in this request's place: with its metadata (the header
  /// fields), its peer, and the server's interceptors. Observers are told of one call, this request
  /// with the method and its outcome. Initial and trailing metadata of the reply are dropped.
  ///
  /// Cancelling the task cancels the call.
  ///
  /// - Throws: how the call failed; UNIMPLEMENTED when the server has no such method.
  public func call<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _ request: Request, returning response: Response.Type
  ) async throws(RPCError) -> Response {
    let frame = try await caller.call(method, MessageFrame.encode(request)).get()
    do {
      return try frame.withSpan(MessageFrame.prefixSize..<frame.count) { bytes in
        try Response(serialized: bytes, limits: .ownMessages)
      }
    } catch {
      throw RPCError(.internal, "the server's own reply cannot be decoded")
    }
  }
}
