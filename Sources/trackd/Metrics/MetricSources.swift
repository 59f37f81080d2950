import EventLoop
import RPC
import RPCHTTP2
import Telemetry
import TrackGit
import TrackServices
import TrackStoreSQL

/// Everything that has numbers for `/metrics`.
struct MetricSources {
  let calls: CallMetrics
  let clients: ClientMetrics
  let loops: [EventLoop]
  let transport: HTTP2ServerTransport
  let rpc: RPCServer
  let store: any ServedStore
  let audit: AuditKeeper
  let deployments: DeploymentMetrics
  let git: GitMetrics
  let watch: WatchHub
  let logger: Logger
  /// Microseconds since 1970.
  let startedAt: Int64
  let exporter: SpanExporter?

  /// All metrics; the loops' lag is measured from now on. Once.
  func registry(_ census: StoreCensusTaker) -> MetricRegistry {
    let loopMetrics = LoopMetrics(loops)
    loopMetrics.start()
    var families = calls.families
    families += clients.families
    families += loopMetrics.families
    families += ConnectionFamilies.make(transport, rpc)
    families.append(deployments.family)
    families += StoreFamilies.make(store, census)
    families += AuditFamilies.make(store, audit, census)
    families += IntegrationFamilies.make(git, watch)
    families += ProcessFamilies.make(
      version: TrackServer.version, startedAt: startedAt, logger: logger)
    families += SpanExporter.families(of: exporter)
    return MetricRegistry(families)
  }
}
