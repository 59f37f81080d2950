/// How much room each copy of a repository takes, and when it was used last. Pure.
struct CacheLedger {
  private struct Entry {
    var bytes: Int64?
    var lastUse: Int64
  }

  private var entries: [String: Entry] = [:]

  /// All that was measured.
  var total: Int64 {
    entries.values.reduce(0) { $0.addingClamped($1.bytes ?? 0) }
  }

  var count: Int { entries.count }

  /// Notes a use; times in any unit, and an earlier one than the last changes nothing.
  mutating func used(_ name: String, at time: Int64) {
    entries[name] = Entry(
      bytes: entries[name]?.bytes, lastUse: max(entries[name]?.lastUse ?? .min, time))
  }

  /// Notes how much room a copy takes that was used; none at all when it is gone.
  mutating func measured(_ name: String, bytes: Int64) {
    if bytes > 0 { entries[name]?.bytes = bytes } else { entries[name] = nil }
  }

  func isUnmeasured(_ name: String) -> Bool {
    entries[name].map { $0.bytes == nil } ?? false
  }

  func lastUse(_ name: String) -> Int64? { entries[name]?.lastUse }

  /// All copies, the one that was used least recently first.
  var names: [String] {
    entries.sorted { ($0.value.lastUse, $0.key) < ($1.value.lastUse, $1.key) }.map(\.key)
  }
}
