public import RPC
public import TLS

/// How an `HTTP2Channel` connects. The numbers are gRPC's defaults.
public struct ChannelOptions: Sendable {
  /// Which connection takes a call. `pickFirst`: the one to the first address that can be reached;
  /// addresses of both families are tried by turns, each a moment after the one before, and the
  /// first connection wins. `roundRobin`: one connection to each address; the ready ones in turn.
  ///
  /// Source: gRFC A61, A62; RFC 8305; grpc/doc/load-balancing.md.
  public var loadBalancing = ServiceConfig.LoadBalancingPolicy.pickFirst
  /// The service whose health every server is asked for (`grpc.health.v1.Health/Watch`; empty: the
  /// server as a whole): only servers that say SERVING get calls. A server without that method
  /// counts as healthy. With `roundRobin`; `pickFirst` asks nobody. Nil: nobody is asked.
  ///
  /// Source: gRFC A17.
  public var healthCheckService: String?
  /// Between attempts to reach an address, each counted from the start of the attempt before; also
  /// between lookups and health checks that fail. Forgotten once the server has sent SETTINGS.
  ///
  /// Source: grpc/doc/connection-backoff.md.
  public var backoff = Backoff(initial: .seconds(1), maximum: .seconds(120))
  /// How long an attempt may take, to the server's SETTINGS; the time of the backoff if that is
  /// longer. `ConnectionLimits.handshakeTimeout` bounds the part after the connection is there.
  public var minConnectTimeout = Duration.seconds(20)
  /// `pickFirst`: how long an attempt is alone before the next address is tried as well; at least
  /// 100 ms and at most 2 s.
  ///
  /// Source: gRFC A61, "Connection Attempt Delay".
  public var connectionAttemptDelay = Duration.milliseconds(250)
  /// The least time between two lookups of the name.
  public var minResolutionInterval = Duration.seconds(30)
  /// Without a call for so long a channel closes its connections, until the next call. Nil: never.
  public var idleTimeout: Duration? = .seconds(30 * 60)
  /// Finds the addresses in the system resolver's place; the target is then a name for messages and
  /// `:authority`, and need have none of the usual forms.
  public var resolver: (any NameResolver)?
  /// Nil for cleartext. Servers' certificates must name the host of the target.
  public var tls: ClientTLS?

  public init() {}

  /// With the load balancing and the health checks of a service config; the rest of it is
  /// `RPCClient`'s.
  public init(_ config: ServiceConfig) {
    loadBalancing = config.loadBalancingPolicy ?? .pickFirst
    healthCheckService = config.healthCheckServiceName
  }
}
