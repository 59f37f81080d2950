/// Whose turn it is, of the connections of one loop, to bring a request while the server holds too
/// much: one after the other, in the order in which they asked. Confined to that loop.
public final class IntakeTurns {
  private var current: CallAccount?
  private var waiting: [CallAccount] = []

  public init() {}

  /// Calls the account's `turnCame` as soon as it is its turn, maybe at once.
  func ask(_ account: CallAccount) {
    waiting.append(account)
    next()
  }

  /// The account has used its turn.
  func used(_ account: CallAccount) {
    guard current === account else { return }
    current = nil
    next()
  }

  private func next() {
    while current == nil, !waiting.isEmpty {
      let account = waiting.removeFirst()
      current = account
      if !account.turnCame() { current = nil }
    }
    if waiting.isEmpty { waiting = [] }
  }
}
