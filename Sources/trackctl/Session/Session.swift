import EventLoop
import RPC
import RPCHTTP2
import TLS
import TrackMessages

/// The server, and the output of a command.
struct Session: Sendable {
  let settings: Settings
  let output: Output
  let loop: EventLoop

  init(_ settings: Settings, environment: [String: String], loop: EventLoop) {
    self.settings = settings
    self.loop = loop
    output = Output(
      format: settings.format, isCheck: settings.isCheck, environment: environment)
  }

  /// Runs `body` with a connection of its own, which is made when the first call needs it.
  ///
  /// - Throws: the errors of `body`. When the server cannot be reached, its calls throw an
  ///   `RPCError`.
  func connected<Result>(_ body: (API) async throws -> Result) async throws -> Result {
    // An address is taken as it is: `%` in the path of a socket is no escape.
    let tls = try settings.tls.map { ClientTLS(try $0.read()) }
    let transport =
      SocketAddress(settings.server).map {
        HTTP2ClientTransport(address: $0, loop: loop, tls: tls)
      } ?? HTTP2ClientTransport(target: settings.server, loop: loop, tls: tls)
    let client = RPCClient(transport: transport)
    async let connection = Self.run(client)
    do {
      let result = try await body(API(client, settings))
      client.beginGracefulShutdown()
      _ = await connection
      return result
    } catch {
      client.beginGracefulShutdown()
      let failure = await connection
      // A call's error says that the connection is gone; the connection knows why.
      if let failure, let error = error as? RPCError, error.code == .unavailable,
        error.details.isEmpty
      {
        throw RPCError(.unavailable, "\(failure)")
      }
      throw error
    }
  }

  /// - Returns: why the connection could not be made, or was lost.
  private static func run(_ client: RPCClient) async -> (any Error)? {
    do {
      try await client.run()
      return nil
    } catch {
      return error
    }
  }
}

/// The services of trackd over one connection.
struct API: Sendable {
  let tracks: DeploymentTrackServiceClient
  let catalog: CatalogServiceClient
  let access: AccessServiceClient
  let audit: AuditServiceClient
  let diagnostics: DiagnosticsServiceClient
  let options: CallOptions
  /// Without a time limit, for calls without an end.
  let endless: CallOptions

  init(_ client: RPCClient, _ settings: Settings) {
    tracks = DeploymentTrackServiceClient(client)
    catalog = CatalogServiceClient(client)
    access = AccessServiceClient(client)
    audit = AuditServiceClient(client)
    diagnostics = DiagnosticsServiceClient(client)
    var options = CallOptions(timeout: settings.timeout, metadata: settings.metadata)
    options.credentials = settings.credentials
    self.options = options
    options.timeout = nil
    endless = options
  }
}
