import Wire

/// The state that all calls of a server share; immutable but for what it counts.
final class ServerCore: Sendable {
  let router: Router
  /// The admission as a closure: calling it copies no existential, once per request.
  private let admits: Admits?
  private typealias Admits =
    @Sendable (
      RequestHeaders, inout CallStorage
    ) throws(RPCError) -> Void
  /// Likewise, for a call whose message came late.
  let readmits:
    (
      @Sendable (
        MethodDescriptor, CallStorage, any CallExecutor
      ) throws(RPCError) -> Void
    )?
  let interceptors: [any ServerInterceptor]
  let taskContext: (any CallTaskContext)?
  /// The observers as closures, likewise.
  private let callEnded: [@Sendable (CallSummary) -> Void]
  private let startObservers: [any CallStartObserver]
  let encodings: MessageEncodings
  let limits: RPCLimits
  let web: WebPolicy
  let webProtocols: Set<WebProtocol>
  let httpHandler: HTTPHandlerReference?
  let unregisteredMethods: (any UnregisteredMethodHandler)?
  let inFlight = InFlightHandlers()
  let heldBytes: HeldBytes
  let refusals = RefusalCounters()
  private let load: LoadMonitor
  private let retryDelays = RetryDelays()
  private let created = ContinuousClock.now

  init(
    router: Router, admission: (any RequestAdmission)?, interceptors: [any ServerInterceptor],
    observers: [any CallObserver], encodings: [any MessageEncoding], limits: RPCLimits,
    shedding: LoadShedding = LoadShedding(), webProtocols: Set<WebProtocol> = [],
    httpHandler: (any HTTPHandler)?,
    unregisteredMethods: (any UnregisteredMethodHandler)? = nil,
    taskContext: (any CallTaskContext)? = nil, web: WebPolicy = WebPolicy()
  ) {
    self.router = router
    self.webProtocols = webProtocols
    self.unregisteredMethods = unregisteredMethods
    if let admission {
      admits = { (request, storage) throws(RPCError) in try admission.admit(request, &storage) }
      readmits = { (method, storage, executor) throws(RPCError) in
        try admission.readmit(method, storage, on: executor)
      }
    } else {
      admits = nil
      readmits = nil
    }
    self.interceptors = interceptors
    self.taskContext = taskContext
    callEnded = observers.map { observer in { observer.callEnded($0) } }
    startObservers = observers.compactMap { $0 as? any CallStartObserver }
    self.encodings = MessageEncodings(encodings)
    self.limits = limits
    self.web = web
    heldBytes = HeldBytes(eager: limits.eagerBytes)
    load = LoadMonitor(shedding)
    self.httpHandler = httpHandler.map { HTTPHandlerReference($0) }
  }

  func report(_ summary: @autoclosure () -> CallSummary) {
    guard !callEnded.isEmpty else { return }
    let summary = summary()
    for tell in callEnded { tell(summary) }
  }

  /// The status of a call that is refused for what the server has to do; counted as `reason`.
  func overloaded(_ reason: RefusalClass, on executor: any CallExecutor) -> RPCError {
    refusals.add(reason)
    let seconds = (executor.currentInstant - created).components.seconds
    let delay = retryDelays.next(
      at: UInt32(truncatingIfNeeded: seconds), random: .random(in: 0..<1))
    let message =
      switch reason {
      case .memory: "the server is short of memory"
      case .loopLag: "the server does not keep up with its calls"
      default: "too many calls are in progress"
      }
    return .overloaded(message, retryAfter: delay)
  }
}

extension ServerCore: ServerStreamHandler {
  func looked(on executor: any CallExecutor, late: Duration) {
    load.looked(on: executor, late: late)
  }

  func streamStarted(
    _ stream: any TransportStream, head fields: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    let head = RequestHead(fields)
    if head.isGRPC && !head.hasOrigin { return start(stream, fields, head, endStream: endStream) }
    // A web page may have sent it.
    let started = stream.executor.currentInstant
    switch web.judge(fields, isGRPC: head.isGRPC, peer: stream.peer) {
    case .admitted(let answer):
      let stream = answer == .none ? stream : CrossOriginStream(stream, answer)
      return begin(stream, fields, head, endStream: endStream)
    case .preflight(let response):
      return refuse(.preflight(response), stream, fields, head, started: started)
    case .refused(let refusal, let message):
      if case .originNotAllowed = refusal {
        refusals.add(.originNotAllowed)
      } else {
        refusals.add(.hostNotAllowed)
      }
      let response =
        httpHandler?.handler.response(to: refusal) ?? HTTPResponse(status: refusal.status)
      let error = RPCError(.permissionDenied, message)
      return refuse(.response(response, error), stream, fields, head, started: started)
    }
  }

  private func begin(
    _ stream: any TransportStream, _ fields: HeaderFields, _ head: RequestHead, endStream: Bool
  ) -> any StreamReceiver {
    if !head.isGRPC, !webProtocols.isEmpty,
      let receiver = webStreamStarted(stream, fields, head, endStream: endStream)
    {
      return receiver
    }
    return start(stream, fields, head, endStream: endStream)
  }

  /// Starts what a header block asks for.
  ///
  /// - Parameter form: how it came, when it is the translation of another protocol's.
  func start(
    _ stream: any TransportStream, _ fields: HeaderFields, _ head: RequestHead, endStream: Bool,
    form: CallForm = CallForm()
  ) -> any StreamReceiver {
    let started = stream.executor.currentInstant
    var storage = CallStorage()
    switch decide(head, fields, stream, &storage) {
    case .call(let method, let encoding):
      let call = ServerCall(
        self, stream, fields, method, started: started, timeout: head.timeout,
        requestEncoding: encoding, storage: storage, form: form)
      call.start(endStream: endStream)
      return call
    case .http(let handler):
      let exchange = HTTPExchange(
        self, handler.handler, stream, fields, started: started, storage: storage)
      exchange.start(endStream: endStream)
      return exchange
    case .refuse(let refusal):
      return refuse(
        refusal, stream, fields, head, started: started, storage: storage, form.webProtocol)
    }
  }

  /// Answers a request that reaches no handler.
  func refuse(
    _ refusal: Refusal, _ stream: any TransportStream, _ fields: HeaderFields,
    _ head: RequestHead, started: ContinuousClock.Instant, storage: CallStorage = CallStorage(),
    _ webProtocol: WebProtocol? = nil
  ) -> any StreamReceiver {
    refusal.send(to: stream, limit: limits.maxStatusBytes)
    let duration = stream.executor.currentInstant - started
    report(
      refusal.summary(
        of: fields, head, stream.peer, duration, stream.executor, storage, webProtocol))
    return DiscardingReceiver(stream)
  }

  private enum Decision {
    case call(RegisteredMethod, CallEncoding?)
    case http(HTTPHandlerReference)
    indirect case refuse(Refusal)
  }

  /// The handler as a decision has it: a reference is quick to copy.
  final class HTTPHandlerReference: Sendable {
    let handler: any HTTPHandler

    init(_ handler: any HTTPHandler) { self.handler = handler }
  }

  /// Decides on a request: by gRPC's rules for its header block first, then by the admission.
  private func decide(
    _ head: RequestHead, _ fields: HeaderFields, _ stream: any TransportStream,
    _ storage: inout CallStorage
  ) -> Decision {
    let decision = decide(head, fields)
    if load.isShort, let refusal = shed(decision, stream) { return .refuse(refusal) }
    if admits == nil && startObservers.isEmpty { return decision }
    let method: RegisteredMethod?
    let handler: HTTPHandlerReference?
    switch decision {
    case .call(let registered, _): (method, handler) = (registered, nil)
    case .http(let found): (method, handler) = (nil, found)
    case .refuse: return decision
    }
    let request = RequestHeaders(method, stream, fields)
    do {
      try admits?(request, &storage)
    } catch {
      refusals.add(.notAdmitted)
      guard let handler else { return .refuse(.grpc(error)) }
      return .refuse(.response(handler.handler.response(to: .notAdmitted(error)), error))
    }
    for observer in startObservers { observer.callStarted(request, &storage) }
    return decision
  }

  private func decide(_ head: RequestHead, _ fields: HeaderFields) -> Decision {
    guard head.isGRPC else {
      // The path of a method is for gRPC alone.
      guard let httpHandler, router.find(fields.bytes.span.extracting(head.path)) == nil else {
        return refuse(.http(status: 415), as: .notGRPC)
      }
      return .http(httpHandler)
    }
    guard head.isPost else { return refuse(.http(status: 405), as: .notGRPC) }
    guard
      let method = router.find(fields.bytes.span.extracting(head.path))
        ?? unregisteredMethod(fields.bytes[head.path])
    else {
      let status = RPCError.unknownMethod(path: fields.bytes[head.path], in: router)
      return refuse(.grpc(status), as: .unknownMethod)
    }
    var encoding: CallEncoding?
    if let name = head.encoding {
      encoding = encodings.find(fields.bytes[name])
      if encoding == nil {
        let accepted = encodings.accepted ?? "identity"
        return refuse(.unsupportedEncoding(accepted), as: .unsupportedEncoding)
      }
    }
    switch head.timeout {
    case .malformed:
      return refuse(.grpc(RPCError(.internal, "malformed grpc-timeout")), as: .badTimeout)
    case .after(.zero): return .refuse(.grpc(.deadlineExceeded))
    case .after, .absent: return .call(method, encoding)
    }
  }

  private func refuse(_ refusal: Refusal, as reason: RefusalClass) -> Decision {
    refusals.add(reason)
    return .refuse(refusal)
  }

  /// The answer to a request that would be taken if the server had less to do; nil when it is.
  private func shed(_ decision: Decision, _ stream: any TransportStream) -> Refusal? {
    let handler: HTTPHandlerReference?
    switch decision {
    case .refuse: return nil
    case .call(let method, _) where method.isEssential: return nil
    case .call: handler = nil
    case .http(let found): handler = found
    }
    let found = load.reason(on: stream.executor, stream.account, inFlight: inFlight.count)
    guard let found else { return nil }
    let status = overloaded(found, on: stream.executor)
    guard let handler else { return .grpc(status) }
    return .response(handler.handler.response(to: .overloaded).retriedLater(status), status)
  }

  private func unregisteredMethod(_ path: ArraySlice<UInt8>) -> RegisteredMethod? {
    unregisteredMethods.flatMap { RegisteredMethod(path, for: $0) }
  }
}
