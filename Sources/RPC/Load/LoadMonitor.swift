import Synchronization

/// Looks at memory and at the lag of each executor, and tells which calls are to be refused.
///
/// A call reads one word, which is zero as long as nothing is wrong.
///
/// `@unchecked Sendable`: `memory` is touched only while `isSampling` is held; all else is constant
/// or atomic.
final class LoadMonitor: @unchecked Sendable {
  /// The bit of memory; those below are the executors', by their numbers. Executors with the same
  /// bit share it: 63 loops and more are rare.
  private static let memoryBit: UInt64 = 1 << 63
  private static let executorBits = 63
  private static let samplePause = Duration.seconds(1)
  /// Memory is taken faster than a loop comes to lag.
  private static let memoryRaises = 1
  private static let memoryLowers = 3

  private let shedding: LoadShedding
  /// What is above `LoadWatch.Level.normal`, and what is at `all`.
  private let short = Atomic<UInt64>(0)
  private let severe = Atomic<UInt64>(0)

  private let isSampling = Atomic<Bool>(false)
  private var memory = LoadWatch(raises: memoryRaises, lowers: memoryLowers)
  private var sampledAt: ContinuousClock.Instant?
  /// One of each executor.
  private let lags: ExecutorLocal<Lag>

  private final class Lag {
    var watch: LoadWatch

    init(looks: Int) { watch = LoadWatch(raises: looks, lowers: looks) }
  }

  init(_ shedding: LoadShedding) {
    self.shedding = shedding
    lags = ExecutorLocal { Lag(looks: shedding.lateLooks) }
  }

  /// Something is short: `reason` tells for a call.
  @inline(__always)
  var isShort: Bool { short.load(ordering: .relaxed) != 0 }

  /// Why a call is refused; nil when it is not.
  ///
  /// - Parameters:
  ///   - inFlight: the handlers that run in the whole server.
  func reason(
    on executor: any CallExecutor, _ account: CallAccount?, inFlight: Int
  ) -> RefusalClass? {
    let short = self.short.load(ordering: .relaxed)
    let severe = self.severe.load(ordering: .relaxed)
    for (bit, reason) in [
      (Self.memoryBit, RefusalClass.memory), (Self.bit(of: executor), .loopLag),
    ] where short & bit != 0 {
      if severe & bit != 0 || takesItsShare(account, of: inFlight) { return reason }
    }
    return nil
  }

  /// A connection that has at least its fair part of the handlers that run, or when none run.
  private func takesItsShare(_ account: CallAccount?, of inFlight: Int) -> Bool {
    guard let account else { return true }
    return account.handlers >= account.share(of: ShareQuota(total: inFlight))
  }

  /// An executor has looked after its connections, `late` after that was due. On its thread.
  func looked(on executor: any CallExecutor, late: Duration) {
    if let limit = shedding.maxLoopLag, let lag = lags.value(on: executor) {
      lag.watch.looked(late > limit ? .over : late < limit / 2 ? .under : .between)
      publish(lag.watch.level, Self.bit(of: executor))
    }
    sampleMemory(at: executor.currentInstant)
  }

  private func sampleMemory(at now: ContinuousClock.Instant) {
    guard let limit = shedding.maxMemoryBytes, let memoryInUse = shedding.memoryInUse,
      isSampling.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return }
    defer { isSampling.store(false, ordering: .releasing) }
    if let sampledAt, now - sampledAt < Self.samplePause { return }
    sampledAt = now
    guard let bytes = memoryInUse() else { return }
    memory.looked(bytes > limit ? .over : bytes < limit / 10 * 9 ? .under : .between)
    publish(memory.level, Self.memoryBit)
  }

  private func publish(_ level: LoadWatch.Level, _ bit: UInt64) {
    Self.set(bit, level == .all, in: severe)
    Self.set(bit, level != .normal, in: short)
  }

  private static func set(_ bit: UInt64, _ isSet: Bool, in word: borrowing Atomic<UInt64>) {
    if isSet {
      word.bitwiseOr(bit, ordering: .relaxed)
    } else if word.load(ordering: .relaxed) & bit != 0 {
      word.bitwiseAnd(~bit, ordering: .relaxed)
    }
  }

  private static func bit(of executor: any CallExecutor) -> UInt64 {
    1 << UInt64(executor.index % executorBits)
  }
}
