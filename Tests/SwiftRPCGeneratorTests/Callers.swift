/// What other packages write around generated code, in every isolation.
enum Callers {
  /// Services that are an actor, a type of the main actor, and a struct.
  static let services = """
    import Protobuf
    import RPC

    actor Counter: EchoServer {
      private var calls = 0
      \(methods)
    }

    @MainActor final class View {
      private var calls = 0
      \(methods)
    }

    extension View: EchoServer {}

    struct Plain: EchoServer {
      var calls: Int { get { 0 } nonmutating set {} }
      \(methods)
      nonisolated func say(
        _ request: Empty, atOnce context: ServerContext
      ) throws -> EncodedMessage<Empty>? { nil }
    }
    """

  private static let methods = """
    func say(_ request: Empty, context: ServerContext) async throws -> Empty {
        calls += 1
        return request
      }
      func collect(_ requests: RequestStream<Empty>, context: ServerContext) async throws -> Empty {
        for try await _ in requests { calls += 1 }
        return Empty()
      }
      func spread(
        _ request: Empty, responses: ResponseWriter<Empty>, context: ServerContext
      ) async throws {
        calls += 1
        try await responses.write(request)
      }
      func chat(
        _ requests: RequestStream<Empty>, responses: ResponseWriter<Empty>, context: ServerContext
      ) async throws {
        for try await request in requests {
          calls += 1
          try await responses.write(request)
        }
      }
    """

  /// Callers whose closures change their own state.
  static let clients = """
    import Protobuf
    import RPC

    nonisolated final class Box { var number = 0 }

    @MainActor final class Model {
      private let echo: EchoClient
      private var seen = 0
      init(_ echo: EchoClient) { self.echo = echo }
      \(calls)
    }

    actor Caller {
      private let echo: EchoClient
      private var seen = 0
      init(_ echo: EchoClient) { self.echo = echo }
      \(calls)
    }
    """

  private static let calls = """
    func run() async throws {
        _ = try await echo.say(Empty())
        _ = try await echo.collect { requests in
          seen += 1
          try await requests.write(Empty())
        }
        let box = try await echo.spread(Empty()) { responses in
          let box = Box()
          for try await _ in responses { box.number += 1 }
          seen += box.number
          return box
        }
        try await echo.chat { requests, responses in
          for try await response in responses {
            box.number += 1
            try await requests.write(response)
          }
        }
      }
    """

  static let topLevel = """
    import Protobuf
    import RPC

    func transport() -> any ClientTransport { fatalError() }
    var seen = 0
    let echo = EchoClient(RPCClient(transport: transport()))
    let task = Task {
      let box = Box()
      _ = try await echo.spread(Empty()) { responses in
        for try await _ in responses {
          seen += 1
          box.number += 1
        }
        return box
      }
    }
    try await echo.chat { requests, responses in
      for try await response in responses {
        seen += 1
        try await requests.write(response)
      }
    }
    let model = Model(echo)
    try await model.run()
    """
}
