extension EventLoop {
  struct Registration {
    var handler: (any EventHandler)?
    /// Tells events of an earlier owner of the same descriptor number from those of this one.
    var generation: UInt32 = 0
  }

  static let inboxToken = UInt64.max
  static let alarmToken = UInt64.max - 1

  /// Watches `descriptor` until `remove`; on the loop's thread.
  public func add(
    _ descriptor: Int32, _ interest: Readiness, handler: any EventHandler
  ) throws(SystemError) {
    assert(isCurrent, "add called off the loop")
    let index = Int(descriptor)
    while registrations.count <= index { registrations.append(Registration()) }
    try poller.add(descriptor, interest, token: nextToken(index))
    registrations[index].handler = handler
  }

  /// Changes what a watched descriptor is watched for.
  public func modify(_ descriptor: Int32, _ interest: Readiness) throws(SystemError) {
    assert(isCurrent, "modify called off the loop")
    let generation = registrations[Int(descriptor)].generation
    try poller.modify(descriptor, interest, token: Self.token(descriptor, generation))
  }

  /// Gives a watched descriptor to another handler; the watched readiness stays the same.
  public func pass(_ descriptor: Int32, to handler: any EventHandler) {
    assert(isCurrent, "pass called off the loop")
    guard let old = registrations[Int(descriptor)].handler else { return }
    registrations[Int(descriptor)].handler = handler
    // The old handler is freed last: its `deinit` may call this loop.
    withExtendedLifetime(old) {}
  }

  /// Stops watching; the handler is not called again. Before the descriptor is closed.
  public func remove(_ descriptor: Int32) {
    assert(isCurrent, "remove called off the loop")
    let index = Int(descriptor)
    guard index < registrations.count, let handler = registrations[index].handler else { return }
    registrations[index].handler = nil
    poller.remove(descriptor)
    // The old handler is freed last: its `deinit` may call this loop.
    withExtendedLifetime(handler) {}
  }

  private func nextToken(_ index: Int) -> UInt64 {
    registrations[index].generation &+= 1
    return Self.token(Int32(index), registrations[index].generation)
  }

  /// Generation above, descriptor below. A descriptor is never negative, so no token equals
  /// `inboxToken` or `alarmToken`.
  private static func token(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }

  /// Calls the handlers of `count` events that the poller holds.
  func dispatch(_ count: Int) {
    for number in 0..<count {
      let (token, readiness) = poller.event(number)
      if token == Self.inboxToken {
        inbox.take(jobs: &jobs, closures: &closures)
        continue
      }
      if token == Self.alarmToken {
        alarm.wentOff()
        continue
      }
      let index = Int(token & 0xFFFF_FFFF)
      lastReady = index
      guard registrations[index].generation == UInt32(token >> 32) else { continue }
      registrations[index].handler?.ready(readiness)
    }
  }
}
