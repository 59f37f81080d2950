/// A request that holds bytes until it is whole, and may have to wait for its turn to bring more.
/// Confined to its stream's executor.
protocol IntakeMember: AnyObject {
  /// What all requests of the server hold.
  var pool: HeldBytes { get }
  /// This request's part of `pool`.
  var heldBytes: Int { get set }
  /// Its stream's window is shut until it is its turn.
  var waitsForIntake: Bool { get set }
  /// It is this request's turn: opens the window.
  func resumeIntake()
}

/// The requests of one connection that wait for their turn, the first that came first.
struct IntakeQueue {
  /// The one whose turn it is: it goes on whatever the server holds.
  var proceeding: (any IntakeMember)?
  private(set) var waiting: [any IntakeMember] = []
  /// The connection has asked for a turn that has not come.
  var hasAsked = false
  /// Bytes of `proceeding` when the turn was last looked at.
  var seenBytes = 0

  mutating func append(_ member: any IntakeMember) { waiting.append(member) }

  mutating func remove(_ member: any IntakeMember) { waiting.removeAll { $0 === member } }

  mutating func takeFirst() -> (any IntakeMember)? {
    guard !waiting.isEmpty else { return nil }
    defer { if waiting.isEmpty { waiting = [] } }
    return waiting.removeFirst()
  }
}

extension CallAccount {
  /// Bytes that a turn has to move between two looks, or it ends: the others have waited enough.
  private static let turnBytes = 16 << 10

  /// Whether this connection may bring more without a turn.
  func hasRoom(in pool: HeldBytes) -> Bool {
    pool.eager.allows(used: pool.count, own: heldBytes, share: share(of: pool.eager))
  }

  /// Whether a request may go on though the server holds too much; if not, it waits for its turn.
  func mayProceed(_ member: any IntakeMember) -> Bool {
    if intake.proceeding === member { return true }
    if !member.waitsForIntake {
      member.waitsForIntake = true
      intake.append(member)
    }
    askForTurn()
    return intake.proceeding === member
  }

  /// - Returns: whether there is a request that makes use of it.
  func turnCame() -> Bool {
    intake.hasAsked = false
    guard let member = intake.takeFirst() else { return false }
    intake.proceeding = member
    intake.seenBytes = member.heldBytes
    member.resumeIntake()
    return true
  }

  /// A request holds less, or nothing any more.
  func left(_ member: any IntakeMember) {
    if member.waitsForIntake {
      intake.remove(member)
      member.resumeIntake()
    }
    if intake.proceeding === member { endTurn() }
    // The bytes that it freed may be room for one more request, without a turn.
    if let next = intake.waiting.first, hasRoom(in: next.pool) {
      _ = intake.takeFirst()
      next.resumeIntake()
    }
  }

  /// Passes the turn on when its request does not come.
  func lookAtTurn() {
    guard let member = intake.proceeding else { return }
    let moved = member.heldBytes - intake.seenBytes
    intake.seenBytes = member.heldBytes
    if moved < Self.turnBytes { endTurn() }
  }

  private func endTurn() {
    intake.proceeding = nil
    turns.used(self)
    askForTurn()
  }

  private func askForTurn() {
    guard intake.proceeding == nil, !intake.hasAsked, !intake.waiting.isEmpty else { return }
    intake.hasAsked = true
    turns.ask(self)
  }
}
