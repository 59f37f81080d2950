import EventLoop

/// Lowers the level of the log to debug for a while, and back. Confined to one loop.
///
/// `@unchecked Sendable`: every `var` belongs to the loop's thread.
final class LogLevelSwitch: @unchecked Sendable {
  private let logger: Logger
  /// The level that the operator chose.
  private let usual: LogLevel
  private let period: Duration
  private var timer: EventLoop.Timer?

  init(_ logger: Logger, usual: LogLevel, period: Duration = .seconds(600)) {
    self.logger = logger
    self.usual = usual
    self.period = period
  }

  /// Debug for ten minutes; again before they have passed: as usual. On the loop.
  func toggle(on loop: EventLoop) {
    if timer != nil { return end() }
    logger.setLevel(.debug)
    logger.always(.info, "the log tells everything for ten minutes")
    timer = loop.schedule(after: period) { [weak self] in self?.end() }
  }

  private func end() {
    timer?.cancel()
    timer = nil
    logger.always(.info, "the log tells what it usually does")
    logger.setLevel(usual)
  }
}
