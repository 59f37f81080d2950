import EventLoop

/// A log line about an event loop that spins without effect: a bug in trackd that wastes a
/// processor.
struct LoopLog: EventLoopObserver {
  let logger: Logger

  func loopSpins(_ loop: String, turns: Int, descriptor: Int) {
    logger.log(.error, "an event loop turns without effect") {
      $0.string("loop", loop)
      $0.integer("turns", Int64(turns))
      $0.integer("descriptor", Int64(descriptor))
    }
  }
}
