import EventLoop
import TrackDomain

/// The way to a repository's server: its addresses, which the rules allow. A command gets them and
/// looks nothing up itself, so that no second answer of a name server can lead elsewhere.
struct GitRoute: Sendable, Hashable {
  let server: RepositoryURL.Server
  /// Empty when only a proxy knows the way.
  let addresses: [IPAddress]

  /// The place where nothing is: for a host that only a proxy may look up. curl speaks to it only
  /// where the proxy does not apply after all, and then fails.
  private static let nowhere = IPAddress.v4(UInt32.max)

  /// Settings of git over https: the addresses (CURLOPT_RESOLVE). All of them have been checked, so
  /// curl may try one after the other.
  ///
  /// - Parameter hasProxy: then curl asks the proxy for the host, and looks the proxy itself up.
  func settings(hasProxy: Bool) -> [String] {
    guard server.scheme == .https else { return [] }
    let list = (addresses.isEmpty ? [Self.nowhere] : addresses).map(Self.bracketed)
      .joined(separator: ",")
    // Whatever host curl reads in the URL: it ends at these addresses.
    let hosts = hasProxy ? [server.host] : [server.host, "*"]
    return hosts.map { "http.curloptResolve=\(Self.name($0)):\(server.port):\(list)" }
  }

  /// Options of ssh: the address, and the name under which the host's key is known. That is the
  /// name that ssh-keyscan(1) and ssh itself write.
  var sshOptions: [String] {
    guard server.scheme == .ssh, let address = addresses.first else { return [] }
    let alias = server.port == 22 ? server.host : "[\(server.host)]:\(server.port)"
    return ["HostName=\(address)", "HostKeyAlias=\(alias)"]
  }

  private static func bracketed(_ address: IPAddress) -> String {
    address.bitWidth == 128 ? "[\(address)]" : "\(address)"
  }

  private static func name(_ host: String) -> String {
    host.contains(":") ? "[\(host)]" : host
  }
}

/// Finds the ways to servers. Thread-safe.
struct GitRouter: Sendable {
  /// The addresses of a host.
  typealias Lookup = @Sendable (_ host: String) async throws -> [IPAddress]

  let rules: OutboundRules
  /// Whether https goes through a proxy, which looks hosts up by itself.
  let hasProxy: Bool
  let lookup: Lookup

  /// The host has no address, or nobody tells it.
  struct Unknown: Error {
    let reason: String
  }

  /// The rules do not let trackd speak to the host.
  struct Refused: Error {
    let host: String
    /// Nil when the host is an address itself.
    let address: IPAddress?
    let refusal: OutboundRules.Refusal
  }

  /// The way to a server. All its addresses have to be allowed: one that is not shows that
  /// something is wrong with the name.
  func route(to server: RepositoryURL.Server) async throws -> GitRoute {
    if let refusal = rules.refusal(of: server.host) {
      throw Refused(host: server.host, address: nil, refusal: refusal)
    }
    if let address = IPAddress(server.host) {
      return GitRoute(server: server, addresses: [address])
    }
    let isProxied = hasProxy && server.scheme == .https
    let addresses: [IPAddress]
    do {
      addresses = try await lookup(server.host)
    } catch let error as Unknown where !isProxied {
      throw error
    } catch is Unknown {
      addresses = []
    }
    for address in addresses {
      if let refusal = rules.refusal(of: server.host, at: address) {
        throw Refused(host: server.host, address: address, refusal: refusal)
      }
    }
    guard !addresses.isEmpty || isProxied else { throw Unknown(reason: "no address") }
    return GitRoute(server: server, addresses: addresses)
  }

  /// Asks the system, on one of the threads.
  static func system(on threads: BlockingThreadPool) -> Lookup {
    { host in
      try await threads.run {
        do throws(HostResolver.Failure) {
          return try HostResolver.resolveBlocking("\(host):0").compactMap(IPAddress.init)
        } catch {
          throw Unknown(reason: error.reason)
        }
      }
    }
  }
}

extension IPAddress {
  fileprivate init?(_ address: SocketAddress) {
    switch address {
    case .ipv4(let host, _): self = .v4(host)
    case .ipv6(let high, let low, _, _): self = .v6(high: high, low: low)
    case .unix, .unixAbstract: return nil
    }
  }
}
