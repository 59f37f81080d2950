import RPC
import RPCHTTP2
import TLS
import Telemetry

/// What is told of the connections of the server, and of what it turns away.
enum ConnectionFamilies {
  static func make(_ transport: HTTP2ServerTransport, _ rpc: RPCServer) -> [MetricFamily] {
    [
      .gauge("trackd_connections", "Open connections.") { Double(transport.connections) },
      .counter("trackd_connections_opened", "Connections that were opened.") {
        transport.counts.opened
      },
      .counter("trackd_connections_closed", "Connections that have ended.") {
        transport.counts.closed
      },
      .counter("trackd_streams_opened", "Streams that a call or a handler got.") {
        transport.counts.totals.streamsOpened
      },
      .counter("trackd_streams_refused", "Requests above a limit of their connection.") {
        transport.counts.totals.streamsRefused
      },
      .counter("trackd_connection_read_bytes", "Bytes of HTTP that were read.") {
        transport.counts.totals.bytesRead
      },
      .counter("trackd_connection_written_bytes", "Bytes of HTTP that were written.") {
        transport.counts.totals.bytesWritten
      },
      MetricFamily(
        .counter, "trackd_tls_handshakes", "TLS handshakes that came to their end, by kind.",
        labels: ["kind"]
      ) { samples in
        let counts = transport.counts
        samples.add(["full"], counts.handshakes - counts.resumedHandshakes)
        samples.add(["resumed"], counts.resumedHandshakes)
      },
      MetricFamily(
        .counter, "trackd_tls_handshakes_failed", "TLS handshakes that failed, by class.",
        labels: ["class"]
      ) { samples in
        let failed = transport.counts.failedHandshakes
        for failure in HandshakeFailure.allCases {
          samples.add([label(failure)], failed[failure] ?? 0)
        }
      },
      .gauge("trackd_handlers_in_flight", "Handlers that run.") { Double(rpc.handlersInFlight) },
      MetricFamily(
        .counter, "trackd_refused", "What was turned away, by class.", labels: ["class"]
      ) { samples in
        let counts = rpc.refusals
        for refusal in RefusalClass.allCases {
          samples.add(["\(refusal.label)"], counts[refusal])
        }
      },
    ]
  }

  private static func label(_ failure: HandshakeFailure) -> String {
    switch failure {
    case .certificate: "certificate"
    case .alert: "alert"
    case .noTLS: "not_tls"
    case .noAgreement: "no_agreement"
    case .unfinished: "unfinished"
    case .other: "other"
    }
  }
}
