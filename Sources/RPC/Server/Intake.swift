/// A request on its way: how much of it is let in before it is whole. Backpressure comes first,
/// refusal when that cannot help. Confined to its stream's executor.
protocol Intake: IntakeMember {
  var core: ServerCore { get }
  var stream: any TransportStream { get }
  var account: CallAccount? { get }
}

extension Intake {
  var pool: HeldBytes { core.heldBytes }

  /// Takes note that `held` bytes stay, `credit` of which came just now, and lets more come if
  /// there is room.
  ///
  /// - Returns: false when the request must be refused for it.
  func takeIn(_ credit: Int, holding held: Int) -> Bool {
    let change = held - heldBytes
    heldBytes = held
    let used = pool.change(by: change, account)
    guard credit > 0 else { return true }
    guard let account else {
      stream.consumed(credit)
      return used <= core.limits.maxHeldRequestBytes
    }
    if account.hasRoom(in: pool) || account.mayProceed(self) {
      stream.consumed(credit)
      return true
    }
    stream.keep(credit)
    return used <= core.limits.maxHeldRequestBytes
      || account.heldBytes <= account.share(of: core.limits.heldBytes)
  }

  /// The request has `held` bytes left in memory, or is over: requests that wait for room may go
  /// on.
  func letGo(holding held: Int) {
    let change = held - heldBytes
    // A request that waits, or whose turn it is, holds something.
    guard change != 0 else { return }
    heldBytes = held
    pool.change(by: change, account)
    account?.left(self)
  }

  func resumeIntake() {
    waitsForIntake = false
    stream.resume()
  }
}
