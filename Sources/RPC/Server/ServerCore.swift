import Wire

/// What all calls of a server share; immutable but for the counts of handlers and of held bytes.
final class ServerCore: Sendable {
  let router: Router
  let interceptors: [any ServerInterceptor]
  let observers: [any CallObserver]
  let limits: RPCLimits
  let httpHandler: (any HTTPHandler)?
  let inFlight = InFlightHandlers()
  let heldBytes = HeldBytes()

  init(
    router: Router, interceptors: [any ServerInterceptor], observers: [any CallObserver],
    limits: RPCLimits, httpHandler: (any HTTPHandler)?
  ) {
    self.router = router
    self.interceptors = interceptors
    self.observers = observers
    self.limits = limits
    self.httpHandler = httpHandler
  }

  func report(_ summary: @autoclosure () -> CallSummary) {
    guard !observers.isEmpty else { return }
    let summary = summary()
    for observer in observers { observer.callEnded(summary) }
  }
}

extension ServerCore: ServerStreamHandler {
  func streamStarted(
    _ stream: any TransportStream, head fields: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    let started = stream.executor.currentInstant
    let head = RequestHead(fields)
    switch admit(head, fields) {
    case .call(let method):
      let call = ServerCall(self, stream, fields, method, started: started, timeout: head.timeout)
      call.start(endStream: endStream)
      return call
    case .http(let handler):
      let exchange = HTTPExchange(self, handler, stream, fields, started: started)
      exchange.start(endStream: endStream)
      return exchange
    case .refuse(let refusal):
      refusal.send(to: stream, limit: limits.maxStatusBytes)
      let duration = stream.executor.currentInstant - started
      report(refusal.summary(of: fields, head, stream.peer, duration))
      return DiscardingReceiver(stream)
    }
  }

  private enum Admission {
    case call(RegisteredMethod)
    case http(any HTTPHandler)
    case refuse(Refusal)
  }

  private func admit(_ head: RequestHead, _ fields: HeaderFields) -> Admission {
    guard head.isGRPC else {
      // The path of a method is for gRPC alone.
      guard let httpHandler, router.find(fields.bytes.span.extracting(head.path)) == nil else {
        return .refuse(.http(status: 415))
      }
      return .http(httpHandler)
    }
    guard head.isPost else { return .refuse(.http(status: 405)) }
    guard let method = router.find(fields.bytes.span.extracting(head.path)) else {
      return .refuse(.grpc(.unknownMethod(path: fields.bytes[head.path], in: router)))
    }
    if head.isEncoded { return .refuse(.unsupportedEncoding) }
    switch head.timeout {
    case .malformed: return .refuse(.grpc(RPCError(.internal, "malformed grpc-timeout")))
    case .after(.zero): return .refuse(.grpc(.deadlineExceeded))
    case .after, .absent: return .call(method)
    }
  }
}
