public import Protobuf
import Wire

/// Finds the handler of a path.
///
/// Generated code registers each method of a service; a server's router does not change once it
/// serves. The registering functions are inlinable so that the codec of each method is specialised
/// in the module of its messages: per call there is no existential and no unspecialised generic.
public struct Router: Sendable {
  private var table: [[RegisteredMethod]] = Array(repeating: [], count: 16)
  /// Every registered method, in the order of registration.
  public private(set) var methods: [MethodDescriptor] = []
  /// Of the methods that are registered from now on.
  @usableFromInline var compression = ResponseCompression.identity
  /// The server's.
  var limits = RPCLimits()
  /// The .proto files of the services, as far as generated code carries them: for reflection.
  public private(set) var files: [any ProtoFile.Type] = []

  public init() {}

  /// The names of the services that have methods here, in the order of registration.
  public var services: [String] {
    var names: [String] = []
    for method in methods where !names.contains(method.service) { names.append(method.service) }
    return names
  }

  /// Tells of the .proto file of a service. Generated code does it.
  public mutating func add(_ file: any ProtoFile.Type) {
    if !files.contains(where: { $0 == file }) { files.append(file) }
  }

  /// Registers a method with one request message and one reply.
  ///
  /// - Parameters:
  ///   - method: its names.
  ///   - atOnce: answers on the call's executor without waiting, which spares the call its task;
  ///     nil, the closure or what it returns, leaves the call to `handler`.
  ///   - handler: answers in a task.
  @inlinable
  public mutating func unary<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    atOnce: (@Sendable (Request, ServerContext) throws -> EncodedMessage<Response>?)? = nil,
    _ handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
  ) {
    add(
      RegisteredMethod(
        method, compression, decodingLimits(of: method),
        .single { bytes, call in
          let request = try call.decode(Request.self, bytes)
          let context = ServerContext(call)
          let inTask = call.answersInTask
          if let atOnce, !inTask,
            call.answer(with: { try atOnce(request, context).map { try call.frame($0) } })
          {
            return nil
          }
          return {
            if inTask, let reply = try atOnce?(request, context) { return try call.frame(reply) }
            return try await call.frame(handler(request, context))
          }
        }))
  }

  @inlinable
  public mutating func clientStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Response
  ) {
    add(
      RegisteredMethod(
        method, compression, decodingLimits(of: method),
        .stream { call in
          {
            try await call.frame(handler(RequestStream(call), ServerContext(call)))
          }
        }))
  }

  @inlinable
  public mutating func serverStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws -> Void
  ) {
    add(
      RegisteredMethod(
        method, compression, decodingLimits(of: method),
        .single { bytes, call in
          let request = try call.decode(Request.self, bytes)
          return {
            try await handler(request, ResponseWriter(call), ServerContext(call))
            return nil
          }
        }))
  }

  @inlinable
  public mutating func bidirectionalStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor,
    _ handler:
      @escaping @Sendable (
        RequestStream<Request>, ResponseWriter<Response>, ServerContext
      ) async throws -> Void
  ) {
    add(
      RegisteredMethod(
        method, compression, decodingLimits(of: method),
        .stream { call in
          {
            try await handler(RequestStream(call), ResponseWriter(call), ServerContext(call))
            return nil
          }
        }))
  }

  @usableFromInline
  func decodingLimits(of method: MethodDescriptor) -> DecodingLimits {
    limits.decodingLimits ?? method.decodingLimits
      ?? .proportional(to: limits.maxReceiveMessageBytes, factor: 8)
  }

  /// A method registered again replaces the former.
  @usableFromInline
  mutating func add(_ method: RegisteredMethod) {
    if methods.count >= table.count { grow() }
    let path = method.path
    let bucket = Self.hash(path.span) & (table.count - 1)
    if let index = table[bucket].firstIndex(where: { $0.path == method.path }) {
      table[bucket][index] = method
      return
    }
    table[bucket].append(method)
    methods.append(method.descriptor)
  }

  func find(_ path: Span<UInt8>) -> RegisteredMethod? {
    for method in table[Self.hash(path) & (table.count - 1)] {
      let candidate = method.path
      if candidate.span.equals(path) { return method }
    }
    return nil
  }

  private mutating func grow() {
    let registered = table.joined()
    table = Array(repeating: [], count: table.count * 2)
    for method in registered {
      let path = method.path
      table[Self.hash(path.span) & (table.count - 1)].append(method)
    }
  }

  /// Of the end of the path, where methods differ. The paths in the table are the server's own, so
  /// a peer cannot make them collide.
  private static func hash(_ path: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ word: UInt64) { hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15 }
    if path.count >= 16 {
      mix(path.word(at: path.count - 16))
      mix(path.word(at: path.count - 8))
    } else {
      for index in path.indices { mix(UInt64(path[index])) }
    }
    // The upper bits depend on all octets.
    return Int(truncatingIfNeeded: hash >> 40)
  }
}
