/// An object that a loop calls once, at a point in time. It stores its own place in the loop's
/// heap, so arming and disarming allocate nothing. Confined to the loop's thread.
public protocol TimerTarget: AnyObject {
  /// Place in the loop's heap, -1 while in none: its first value. The loop alone changes it.
  var timerPosition: Int { get set }
  /// The loop calls it on its thread when the time has come; the target is not armed any more.
  func timerFired()
}

extension EventLoop {
  /// Calls `target` on this loop after `delay` or a little later, never earlier; in place of the
  /// time for which it was armed before. The loop keeps it alive until then, or until `disarm`.
  ///
  /// On the loop's thread. Targets are called in the order of their times.
  public func arm(_ target: any TimerTarget, after delay: Duration) {
    assert(isCurrent, "arm called off the loop")
    timers.remove(target)
    timers.insert(target, at: MonotonicTime.now() + max(delay, .zero))
  }

  /// Prevents the call; O(log n). No effect on a target that is not armed.
  public func disarm(_ target: any TimerTarget) { timers.remove(target) }

  /// One future call on a loop. Confined to the loop's thread.
  public final class Timer: TimerTarget {
    private let loop: EventLoop
    private var body: (() -> Void)?
    public var timerPosition = -1

    init(loop: EventLoop, body: @escaping () -> Void) {
      self.loop = loop
      self.body = body
    }

    /// False once it has fired or been cancelled.
    public var isPending: Bool { timerPosition >= 0 }

    /// Prevents the call and frees the closure; O(log n). No effect afterwards.
    public func cancel() {
      loop.disarm(self)
      body = nil
    }

    public func timerFired() {
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
    let timer = Timer(loop: self, body: body)
    arm(timer, after: delay)
    return timer
  }

  func fireDueTimers() {
    guard !timers.isEmpty else { return }
    let mark = timers.mark
    while let target = timers.popDue(now, before: mark) {
      workDone &+= 1
      target.timerFired()
    }
  }

  /// Makes sure that the loop wakes for the earliest timer.
  func setAlarm() {
    if let deadline = timers.earliest { alarm.set(for: deadline) }
  }
}
