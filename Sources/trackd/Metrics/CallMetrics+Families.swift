import RPC
import Synchronization
import Telemetry

extension CallMetrics {
  /// Names as OpenTelemetry maps those of gRFC A66 to Prometheus.
  var families: [MetricFamily] {
    [
      MetricFamily(
        .counter, "grpc_server_call_started", "Calls that were started, by method.",
        labels: ["grpc_method"]
      ) { [self] samples in
        for place in methods.indices {
          let count = loops.reduce(0) { $0 + $1[place].started.value }
          if count > 0 { samples.add([methods[place]], count) }
        }
      },
      ended(
        "grpc_server_call_duration_seconds", "Time from a call's header block to its status."
      ) { $0.durations.snapshot },
      ended(
        "grpc_server_call_sent_total_compressed_message_size_bytes",
        "Bytes of a call's responses, compressed where they are, without frames."
      ) { $0.sent.snapshot },
      ended(
        "grpc_server_call_rcvd_total_compressed_message_size_bytes",
        "Bytes of a call's requests, compressed where they are, without frames."
      ) { $0.received.snapshot },
      httpRequests, httpDurations,
    ]
  }

  private func ended(
    _ name: String, _ help: String,
    _ histogram: @escaping @Sendable (EndedCalls) -> HistogramSnapshot
  ) -> MetricFamily {
    MetricFamily(.histogram, name, help, labels: ["grpc_method", "grpc_status"]) {
      [self] samples in
      for place in methods.indices {
        for code in StatusCode.allCases {
          let found = loops.compactMap { $0[place].ended[Int(code.rawValue)].load() }
          guard let first = found.first else { continue }
          var sum = histogram(first)
          for more in found.dropFirst() { sum += histogram(more) }
          samples.add([methods[place], code.description], sum)
        }
      }
    }
  }

  private var httpRequests: MetricFamily {
    MetricFamily(
      .counter, "trackd_http_requests",
      "Requests that were not gRPC, by the method that they called and the class of their status.",
      labels: ["grpc_method", "code"]
    ) { [self] samples in
      for place in methods.indices {
        let found = loops.compactMap { $0[place].http.load() }
        for digit in 0...5 {
          let count = found.reduce(0) { $0 + $1.classes[digit].value }
          guard count > 0 else { continue }
          samples.add([methods[place], digit == 0 ? "none" : "\(digit)xx"], count)
        }
      }
    }
  }

  private var httpDurations: MetricFamily {
    MetricFamily(
      .histogram, "trackd_http_request_duration_seconds",
      "Time from the header block of a request that was not gRPC to its answer.",
      labels: ["grpc_method"]
    ) { [self] samples in
      for place in methods.indices {
        let found = loops.compactMap { $0[place].http.load() }
        guard let first = found.first else { continue }
        var sum = first.durations.snapshot
        for more in found.dropFirst() { sum += more.durations.snapshot }
        samples.add([methods[place]], sum)
      }
    }
  }
}
