import TrackAccess

/// When the keys of issuers are fetched: every few minutes, sooner after a failure or for a token
/// with an unknown key, and never in a hurry. Pure.
struct KeySchedule {
  /// Between two that succeeded.
  static let interval = Duration.seconds(300)
  /// After a failure, and between two attempts for unknown keys: who sends those buys no more.
  static let pause = Duration.seconds(20)

  private struct Entry {
    let source: JWTIssuer.KeySource
    var dueAt: ContinuousClock.Instant
    var attemptedAt: ContinuousClock.Instant
    var isUnderWay = true
  }

  private var entries: [String: Entry] = [:]

  /// The issuers whose keys are to be fetched now; they count as under way.
  mutating func takeDue(
    _ issuers: [JWTIssuer], at now: ContinuousClock.Instant
  ) -> [JWTIssuer] {
    let due = issuers.filter { isDue($0, at: now) }
    for issuer in due {
      entries[issuer.name] = Entry(source: issuer.keys, dueAt: now, attemptedAt: now)
    }
    return due
  }

  func hasDue(_ issuers: [JWTIssuer], at now: ContinuousClock.Instant) -> Bool {
    issuers.contains { isDue($0, at: now) }
  }

  private func isDue(_ issuer: JWTIssuer, at now: ContinuousClock.Instant) -> Bool {
    guard case .url = issuer.keys else { return false }
    guard let entry = entries[issuer.name], entry.source == issuer.keys else { return true }
    return !entry.isUnderWay && entry.dueAt <= now
  }

  /// False when the issuer has its keys elsewhere by now.
  mutating func fetched(_ issuer: JWTIssuer, at now: ContinuousClock.Instant) -> Bool {
    end(issuer, dueAt: now + Self.interval)
  }

  mutating func failed(_ issuer: JWTIssuer, at now: ContinuousClock.Instant) {
    _ = end(issuer, dueAt: now + Self.pause)
  }

  private mutating func end(_ issuer: JWTIssuer, dueAt: ContinuousClock.Instant) -> Bool {
    guard let entry = entries[issuer.name], entry.source == issuer.keys else { return false }
    entries[issuer.name]?.isUnderWay = false
    entries[issuer.name]?.dueAt = dueAt
    return true
  }

  /// A token names a key that is not among the issuer's.
  mutating func wanted(_ name: String, at now: ContinuousClock.Instant) {
    guard let entry = entries[name] else { return }
    entries[name]?.dueAt = min(entry.dueAt, max(now, entry.attemptedAt + Self.pause))
  }

  /// Whether an issuer still has its keys where they were fetched from.
  func isCurrent(_ name: String, _ issuers: [JWTIssuer]) -> Bool {
    issuers.contains { $0.name == name && $0.keys == entries[name]?.source }
  }

  mutating func forget(except issuers: [JWTIssuer]) {
    entries = entries.filter { name, entry in
      issuers.contains { $0.name == name && $0.keys == entry.source }
    }
  }
}
