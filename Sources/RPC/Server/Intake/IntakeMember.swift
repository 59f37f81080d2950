/// A request on its way: how much of it is let in before it is whole. Backpressure comes first,
/// refusal when that cannot help. Confined to its stream's executor.
protocol IntakeMember: AnyObject {
  var core: ServerCore { get }
  var stream: any TransportStream { get }
  var account: CallAccount? { get }
  /// This request's part of `core.heldBytes`.
  var heldBytes: Int { get set }
  /// Its stream's window is shut until it is its turn.
  var waitsForIntake: Bool { get set }
}

extension IntakeMember {
  /// Takes note that `held` bytes stay, `credit` of which came just now, and lets more come if
  /// there is room.
  ///
  /// - Returns: false when the request must be refused for it.
  func takeIn(_ credit: Int, holding held: Int) -> Bool {
    let change = held - heldBytes
    heldBytes = held
    let used = core.heldBytes.change(by: change, account)
    guard credit > 0 else { return true }
    guard let account else {
      stream.consumed(credit)
      return used <= core.limits.maxHeldRequestBytes
    }
    if account.hasRoom(in: core) || account.mayProceed(self) {
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
    core.heldBytes.change(by: change, account)
    account?.left(self)
  }

  /// It is this request's turn.
  func resumeIntake() {
    waitsForIntake = false
    stream.resume()
  }
}
