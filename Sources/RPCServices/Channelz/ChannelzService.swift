public import RPC
public import RPCHTTP2

/// `grpc.channelz.v1.Channelz`: tells what servers and channels of the program do, down to each
/// connection. It shows the addresses of peers, so that it is for operators only.
///
///     let calls = ServerCallCounter()
///     let channelz = ChannelzService(
///       servers: [.init(name: "greeter", transports: [listening], calls: calls)])
///     let server = RPCServer(
///       transports: [listening], services: [Greeter(), channelz], observers: [calls])
///
/// Each channel has one subchannel, which has the connections. Identifiers differ in all that this
/// service tells of: servers, channels and subchannels are numbered, and the identifier of a socket
/// has its owner's number above 40 bits of its own.
///
/// Source: gRFC A14.
public struct ChannelzService: RegistrableService {
  /// A server to tell of.
  public struct Server: Sendable {
    let name: String
    let transports: [HTTP2ServerTransport]
    let calls: ServerCallCounter

    /// - Parameter calls: one of the server's observers.
    public init(name: String, transports: [HTTP2ServerTransport], calls: ServerCallCounter) {
      self.name = name
      self.transports = transports
      self.calls = calls
    }
  }

  private let channelz: Channelz

  /// - Parameter channels: those that the program makes calls with.
  public init(servers: [Server], channels: [HTTP2Channel] = []) {
    channelz = Channelz(servers, channels)
  }

  public func register(in router: inout Router) { channelz.register(in: &router) }
}
