extension EventLoop {
  /// One future call on a loop. Confined to the loop's thread.
  public final class Timer {
    private let loop: EventLoop
    private var body: (() -> Void)?
    /// Index in the loop's heap; -1 while not in it.
    var position = -1

    init(loop: EventLoop, body: @escaping () -> Void) {
      self.loop = loop
      self.body = body
    }

    /// False once it has fired or been cancelled.
    public var isPending: Bool { position >= 0 }

    /// Prevents the call and frees what its closure holds; O(log n). No effect afterwards.
    public func cancel() {
      loop.timers.remove(self)
      body = nil
    }

    func fire() {
      let body = self.body
      self.body = nil
      body?()
    }
  }

  /// Calls `body` on this loop after `delay` or a little later, never earlier.
  ///
  /// On the loop's thread. Timers fire in the order of their deadlines.
  @discardableResult
  public func schedule(after delay: Duration, _ body: @escaping () -> Void) -> Timer {
    assert(isCurrent, "schedule called off the loop")
    let timer = Timer(loop: self, body: body)
    timers.insert(timer, at: MonotonicTime.now() + max(delay, .zero))
    return timer
  }

  func fireDueTimers() {
    guard !timers.isEmpty else { return }
    let mark = timers.mark
    while let timer = timers.popDue(now, before: mark) {
      workDone &+= 1
      timer.fire()
    }
  }

  /// Makes sure that the loop wakes for the earliest timer.
  func setAlarm() {
    if let deadline = timers.earliest { alarm.set(for: deadline) }
  }
}
