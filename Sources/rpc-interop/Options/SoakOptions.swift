import InteropMessages

/// How often, how fast and with what `rpc_soak` and `channel_soak` call.
struct SoakOptions {
  static let flags = [
    "soak_iterations", "soak_max_failures", "soak_per_iteration_max_acceptable_latency_ms",
    "soak_overall_timeout_seconds", "soak_min_time_ms_between_rpcs", "soak_request_size",
    "soak_response_size", "soak_num_threads",
  ]

  /// Calls of all tasks together.
  let iterations: Int
  /// Calls that may fail or take too long.
  let maxFailures: Int
  let maxLatency: Duration
  let overallTimeout: Duration
  /// From the start of a task's call to the start of its next one.
  let minTimeBetweenCalls: Duration
  /// Sizes of payloads in bytes.
  let requestSize: Int32
  let responseSize: Int32
  /// Tasks that call at the same time.
  let tasks: Int

  init(_ flags: Flags) throws(UsageError) {
    iterations = try flags.number("soak_iterations", minimum: 1) ?? 10
    maxFailures = try flags.number("soak_max_failures") ?? 0
    let latency: Int32 =
      try flags.number("soak_per_iteration_max_acceptable_latency_ms", minimum: 1) ?? 1000
    maxLatency = .milliseconds(latency)
    let seconds: Int32? = try flags.number("soak_overall_timeout_seconds", minimum: 1)
    overallTimeout = seconds.map { .seconds($0) } ?? maxLatency * iterations
    let pause: Int32 = try flags.number("soak_min_time_ms_between_rpcs") ?? 0
    minTimeBetweenCalls = .milliseconds(pause)
    requestSize = try flags.number("soak_request_size") ?? Payload.largeRequest
    responseSize = try flags.number("soak_response_size") ?? Payload.largeResponse
    tasks = try flags.number("soak_num_threads", minimum: 1) ?? 1
    guard iterations.isMultiple(of: tasks) else {
      throw UsageError(message: "--soak_iterations is no multiple of --soak_num_threads")
    }
  }
}
