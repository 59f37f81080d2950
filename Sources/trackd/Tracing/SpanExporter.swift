import CollectorMessages
import EventLoop
import RPC
import RPCHTTP2
import Synchronization
import TLS
import Telemetry

/// Sends spans to a collector, in batches; what it does not take is dropped and counted. Nobody
/// waits for it.
///
/// Source: OpenTelemetry Protocol 1.9, OTLP/gRPC.
final class SpanExporter: Sendable {
  private static let batch = 512
  private static let pause = Duration.seconds(1)
  private static let longestPause = Duration.seconds(30)

  let queue: SpanQueue
  private let client: RPCClient
  private let address: String
  private let logger: Logger
  private let sentSpans = Atomic<Int>(0)

  /// - Parameters:
  ///   - loop: runs the connection.
  ///   - tls: nil for cleartext.
  init(
    _ address: String, _ queue: SpanQueue, loop: EventLoop, tls: ClientTLS?, logger: Logger
  ) {
    self.queue = queue
    self.address = address
    self.logger = logger
    var options = ChannelOptions()
    options.tls = tls
    let channel =
      if let socket = SocketAddress(address) {
        HTTP2Channel(target: ChannelTarget(socket), loop: loop, options: options)
      } else {
        HTTP2Channel(target: address, loop: loop, options: options)
      }
    client = RPCClient(transport: channel)
  }

  var sent: Int { sentSpans.load(ordering: .relaxed) }

  /// Sends until its task is cancelled; then what waits gets a last moment.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [client] in try? await client.run() }
      var pause = Self.pause
      while (try? await Task.sleep(for: pause)) != nil {
        pause = await sendAll() ? Self.pause : min(pause * 2, Self.longestPause)
      }
      // A cancelled task makes no calls.
      await Task { _ = await self.sendAll(until: .now + .milliseconds(500)) }.value
      group.cancelAll()
    }
  }

  /// False when a batch was not taken.
  ///
  /// - Parameter end: of all batches together; nil: each may take five seconds.
  private func sendAll(until end: ContinuousClock.Instant? = nil) async -> Bool {
    while true {
      let timeout = end.map { max(.zero, $0 - .now) } ?? .seconds(5)
      if timeout == .zero { return false }
      let spans = queue.take(Self.batch)
      if spans.isEmpty { return true }
      guard await send(spans, timeout) else { return false }
      if spans.count < Self.batch { return true }
    }
  }

  private func send(_ spans: [Telemetry.Span], _ timeout: Duration) async -> Bool {
    do {
      _ = try await TraceServiceClient(client).export(
        OTLP.request(spans, version: TrackServer.version),
        options: CallOptions(timeout: timeout))
      sentSpans.wrappingAdd(spans.count, ordering: .relaxed)
      return true
    } catch {
      queue.lost(spans.count)
      logger.log(.warning, "spans were not taken", from: address) {
        $0.string("address", address)
        $0.integer("spans", Int64(spans.count))
        $0.string("error", "\(error)")
      }
      return false
    }
  }

  /// Told without an exporter, too.
  static func families(of exporter: SpanExporter?) -> [MetricFamily] {
    [
      .counter("trackd_spans_sent", "Spans that the collector took.") { exporter?.sent ?? 0 },
      .counter("trackd_spans_dropped", "Spans that it did not take, or for which no room was.") {
        exporter?.queue.dropped ?? 0
      },
    ]
  }
}
