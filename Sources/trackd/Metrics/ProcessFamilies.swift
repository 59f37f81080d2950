import EventLoop
import Telemetry

/// What is told of the process; names as Prometheus's own client libraries have them.
enum ProcessFamilies {
  static func make(version: String, startedAt: Int64, logger: Logger) -> [MetricFamily] {
    [
      MetricFamily(
        .gauge, "trackd_build_info", "Always 1; the label tells the version.", labels: ["version"]
      ) { $0.add([version], 1) },
      .gauge("process_start_time_seconds", "When the process started, in seconds since 1970.") {
        Double(startedAt) / 1_000_000
      },
      .gauge("process_resident_memory_bytes", "Bytes of the process in memory.") {
        ProcessMemory.residentBytes.map(Double.init)
      },
      MetricFamily(
        .gauge, "trackd_heap_bytes",
        "Bytes that the allocator has given out, and that it keeps free.", labels: ["state"]
      ) { samples in
        let heap = ProcessMemory.heapBytes
        samples.add(["used"], heap.used)
        samples.add(["free"], heap.free)
      },
      MetricFamily(.counter, "process_cpu_seconds", "Time of the processors that it has taken.") {
        $0.add([], ProcessUsage.processorTime / .seconds(1))
      },
      .gauge("process_open_fds", "Open descriptors.") {
        ProcessUsage.openDescriptors.map(Double.init)
      },
      .gauge("process_max_fds", "Descriptors that it may have open.") {
        Double(DescriptorLimit.raise())
      },
      .counter("trackd_log_lines_dropped", "Log lines that stderr did not take.") {
        logger.droppedLines
      },
    ]
  }
}
