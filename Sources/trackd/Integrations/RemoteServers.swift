import EventLoop
import RPC
import RPCHTTP2
import TLS
import TrackController
import TrackRemotes
import TrackServices

/// The remote services that flags name; one connection for each address.
struct RemoteServers: Sendable {
  private let addresses: RemoteAddresses
  private let servers: [String: RemoteServer]
  private let health: [String: RemoteHealth]

  /// - Parameter tls: of those whose addresses begin with `tls:`.
  init(
    _ addresses: RemoteAddresses, loop: EventLoop, tls: ClientTLS?, logger: Logger,
    metrics: ClientMetrics
  ) {
    self.addresses = addresses
    var servers: [String: RemoteServer] = [:]
    var healths: [String: RemoteHealth] = [:]
    for address in addresses.all where servers[address] == nil {
      let log = RemoteLog(logger: logger, address: address)
      let health = RemoteHealth()
      healths[address] = health
      let (place, isSecure) = RemoteAddresses.split(address)
      servers[address] = RemoteServer(
        address: place, loop: loop, tls: isSecure ? tls : nil,
        observer: health.observer(before: metrics.observer(target: address))
      ) {
        log.event($0)
        health.note($0)
      }
    }
    self.servers = servers
    health = healths
  }

  /// How each integration is, whether it is built in or remote.
  func findings() async -> [DiagnosticFinding] {
    await withTaskGroup(of: (Int, DiagnosticFinding).self) { group in
      for (index, one) in addresses.named.enumerated() {
        group.addTask { (index, await finding(one.name, one.address)) }
      }
      var found: [(Int, DiagnosticFinding)] = []
      for await finding in group { found.append(finding) }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func finding(_ name: String, _ address: String?) async -> DiagnosticFinding {
    guard let address, let server = servers[address], let health = health[address] else {
      return DiagnosticFinding(name, .ok, "built in")
    }
    return await health.finding(name, at: address, server.channel)
  }

  /// Puts the remote services in place of the built-in ones.
  ///
  /// - Parameter stepTimeout: how long a step of a durable operation may take.
  func replace(in integrations: inout Integrations, stepTimeout: Duration) {
    if let server = server(addresses.releaseManagement) {
      integrations.releases = RemoteReleaseManagement(server)
    }
    if let server = server(addresses.deployer) {
      integrations.deployer = RemoteDeployer(server, timeout: stepTimeout)
    }
    if let server = server(addresses.resourceDeleter) {
      integrations.deleter = RemoteComponentResourceDeleter(server)
    }
    if let server = server(addresses.subscriptions) {
      integrations.subscriptions = RemoteSubscriptions(server)
    }
  }

  /// By address.
  var channels: [HTTP2Channel] {
    servers.values.sorted { $0.address < $1.address }.map(\.channel)
  }

  /// The remote build service; nil when the built-in one is used.
  var buildService: RemoteBuildService? {
    server(addresses.buildService).map { RemoteBuildService($0) }
  }

  /// Runs the connections. Returns when its task is cancelled, which ends all calls.
  func run() async {
    await withDiscardingTaskGroup { group in
      for server in servers.values { group.addTask { await server.run() } }
    }
  }

  private func server(_ address: String?) -> RemoteServer? {
    address.flatMap { servers[$0] }
  }
}

extension RemoteAddresses {
  var all: [String] { named.compactMap(\.address) }

  /// By the names of the flags.
  var named: [(name: String, address: String?)] {
    [
      ("release-management", releaseManagement), ("build-service", buildService),
      ("deployer", deployer), ("resource-deleter", resourceDeleter),
      ("subscriptions", subscriptions),
    ]
  }
}
