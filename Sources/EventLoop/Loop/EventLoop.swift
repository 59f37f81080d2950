import CLinux

/// One thread with one epoll: descriptors, timers, an inbox, and an executor for Swift concurrency.
///
/// Async functions in a task with this executor preference, their child tasks and the default
/// actors they call run on this thread. Nothing that runs here may block.
///
/// One turn: wait for events, call their handlers, fire due timers, run jobs until none is left,
/// then call the `Flushable`s that asked for it.
///
/// `@unchecked Sendable`: the inbox has its own lock, constants never change, `thread` is written
/// before the initializer returns; every other property belongs to the loop's thread. The
/// properties that every turn uses are exempt from dynamic exclusivity checks: no access to them
/// runs other code.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  public let name: String
  /// Place in its group, 0 for a loop without one: a slot number for state kept per loop.
  public let index: Int
  /// The time at which this turn began; on the loop's thread.
  @inlinable public var now: MonotonicTime { turnBegan }
  // Behind an inlinable property: the attribute does not reach other modules.
  @usableFromInline @safe @exclusivity(unchecked) var turnBegan = MonotonicTime.now()

  /// How often it has woken up for work. Any thread reads it.
  public let turns = LoopCounter()

  let inbox: Inbox
  let poller: Poller
  @safe @exclusivity(unchecked) var registrations: [Registration] = []
  @safe @exclusivity(unchecked) var timers = TimerHeap()
  @safe @exclusivity(unchecked) var alarm: Alarm
  @safe @exclusivity(unchecked) var jobs: [UnownedJob] = []
  @safe @exclusivity(unchecked) var runningJobs: [UnownedJob] = []
  @safe @exclusivity(unchecked) var closures: [@Sendable () -> Void] = []
  @safe @exclusivity(unchecked) private var flushing: [any Flushable] = []
  /// Rounds of jobs and closures, and timers, that have run.
  @safe @exclusivity(unchecked) var workDone: UInt64 = 0
  /// The descriptor of the last event.
  @safe @exclusivity(unchecked) var lastReady = -1
  @safe @exclusivity(unchecked) private var spinWatch = SpinWatch()
  private let observer: (any EventLoopObserver)?
  private var stopped: CheckedContinuation<Void, Never>?
  private var thread: SystemThread?

  /// Starts the loop's thread.
  public init(
    name: String, index: Int = 0, observer: (any EventLoopObserver)? = nil
  ) throws(SystemError) {
    self.name = name
    self.index = index
    self.observer = observer
    inbox = try Inbox()
    poller = try Poller()
    alarm = try Alarm()
    try poller.add(inbox.descriptor, [.readable, .edge], token: Self.inboxToken)
    try poller.add(alarm.descriptor, [.readable, .edge], token: Self.alarmToken)
    thread = try SystemThread(name: name) { [self] in run() }
  }

  /// The loop of the calling thread; nil on any other thread.
  public static var current: EventLoop? {
    guard let owner = unsafe cl_thread_owner() else { return nil }
    // The owner may be a `BlockingThread` as well.
    return unsafe Unmanaged<AnyObject>.fromOpaque(owner).takeUnretainedValue() as? EventLoop
  }

  /// Whether the calling thread is this loop's.
  @inline(__always)
  public var isCurrent: Bool {
    unsafe cl_thread_owner() == Unmanaged.passUnretained(self).toOpaque()
  }

  /// Runs `body` on the loop: later in the same turn when called on it, else as soon as it wakes.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    if isCurrent {
      closures.append(body)
    } else {
      inbox.add(body)
    }
  }

  /// Runs `body` on the loop in its next turn, after this one has been flushed. Any thread.
  public func executeInNextTurn(_ body: @escaping @Sendable () -> Void) {
    inbox.add(body)
  }

  /// Calls `flush` once at the end of this turn, however often it was asked for.
  public func atEndOfTurn(_ flushable: any Flushable) {
    assert(isCurrent, "atEndOfTurn called off the loop")
    guard !flushable.isAwaitingFlush else { return }
    flushable.isAwaitingFlush = true
    flushing.append(flushable)
  }

  /// Runs all queued work, then ends the thread and waits for its end. Pending timers never fire.
  ///
  /// Called once, not from the loop itself, after all tasks that prefer this loop have ended: later
  /// jobs would never run.
  public func shutdown() async {
    precondition(!isCurrent, "an event loop cannot wait for its own end")
    await withCheckedContinuation { continuation in
      inbox.add { [self] in stopped = continuation }
    }
    thread?.join()
  }

  private func run() {
    unsafe cl_set_thread_owner(Unmanaged.passUnretained(self).toOpaque())
    while stopped == nil || hasWork { turn() }
    cl_set_thread_owner(nil)
    stopped?.resume()
  }

  private var hasWork: Bool { !jobs.isEmpty || !closures.isEmpty || !flushing.isEmpty }

  private func turn() {
    setAlarm()
    dispatch(wait(milliseconds: hasWork || stopped != nil ? 0 : -1))
    fireDueTimers()
    runJobs()
    flushAll()
    if let turns = spinWatch.turned(effects: cl_effects() &+ workDone, now: now) {
      observer?.loopSpins(name, turns: turns, descriptor: lastReady)
    }
  }

  private func wait(milliseconds: Int32) -> Int {
    do {
      let count = try poller.wait(milliseconds: milliseconds)
      turnBegan = .now()
      turns.add(1)
      return count
    } catch {
      // EBADF, EFAULT or EINVAL: this process closed or passed the wrong thing.
      preconditionFailure("\(error)")
    }
  }

  private func flushAll() {
    if flushing.isEmpty { return }
    let taken = flushing
    flushing = []
    for flushable in taken {
      flushable.isAwaitingFlush = false
      flushable.flush()
    }
  }
}
