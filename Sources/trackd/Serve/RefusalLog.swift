import RPC

/// A log line about what was turned away, by class: at most one a minute, and one at the end.
struct RefusalLog {
  let logger: Logger
  /// Everything until now.
  let counts: @Sendable () -> RefusalCounts
  private var told = RefusalCounts()

  init(logger: Logger, counts: @escaping @Sendable () -> RefusalCounts) {
    self.logger = logger
    self.counts = counts
  }

  /// Runs until the task is cancelled; that is the end.
  static func run(
    logger: Logger, counts: @escaping @Sendable () -> RefusalCounts,
    every pause: Duration = .seconds(60)
  ) async {
    var log = RefusalLog(logger: logger, counts: counts)
    while (try? await Task.sleep(for: pause)) != nil { log.tell() }
    log.tell()
  }

  /// Writes a line if there is something new.
  mutating func tell() {
    let now = counts()
    let news = now.since(told)
    guard news.total > 0 else { return }
    told = now
    logger.always(.info, "turned away since the last such line") { line in
      for refusal in news.classes { line.integer(refusal.label, Int64(news[refusal])) }
    }
  }
}
