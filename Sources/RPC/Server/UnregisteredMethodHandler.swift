/// Answers calls of methods that no service of the server has registered: see `ForwardingHandler`
/// for one that is a proxy.
public protocol UnregisteredMethodHandler: Sendable {
  /// Called in the call's task, as a handler of bidirectional streams is: what it throws is the
  /// call's status. How many messages either side sends is not checked; nobody knows the method's
  /// kind.
  ///
  /// - Parameters:
  ///   - requests: the client's messages, without their frames and compression.
  ///   - responses: sends messages.
  ///   - context: the call; `method` has the names in its path.
  func handle(
    _ requests: RawRequestStream, responses: RawResponseWriter, context: ServerContext
  ) async throws
}

extension RegisteredMethod {
  /// The method of a path that no service has registered; nil for a path that names no method.
  convenience init?(_ path: ArraySlice<UInt8>, for handler: any UnregisteredMethodHandler) {
    guard let descriptor = MethodDescriptor(path: path) else { return nil }
    self.init(
      descriptor, .sameAsRequest, .ownMessages,
      .stream { call in
        {
          try await handler.handle(
            RawRequestStream(call: call), responses: RawResponseWriter(call: call),
            context: ServerContext(call))
          return nil
        }
      }, isEssential: false)
  }
}

extension MethodDescriptor {
  /// The method that a path names, `/pkg.Service/Method`; nil for anything else.
  fileprivate init?(path: ArraySlice<UInt8>) {
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty,
      let service = String(validating: parts[1], as: UTF8.self),
      let method = String(validating: parts[2], as: UTF8.self)
    else { return nil }
    self.init(service: service, method: method, kind: .bidirectionalStreaming)
  }
}
