/// The size and the last use of each copy of a repository. Pure.
struct CacheLedger {
  private struct Entry {
    var bytes: Int64?
    var lastUse: Int64
  }

  private var entries: [String: Entry] = [:]

  /// The sum of all measured sizes.
  var total: Int64 {
    entries.values.reduce(0) { $0.addingClamped($1.bytes ?? 0) }
  }

  var count: Int { entries.count }

  /// Records a use. Times are in any unit; a time before the last use changes nothing.
  mutating func used(_ name: String, at time: Int64) {
    entries[name] = Entry(
      bytes: entries[name]?.bytes, lastUse: max(entries[name]?.lastUse ?? .min, time))
  }

  /// Records the size of a copy that was used; 0 removes it.
  mutating func measured(_ name: String, bytes: Int64) {
    if bytes > 0 { entries[name]?.bytes = bytes } else { entries[name] = nil }
  }

  func isUnmeasured(_ name: String) -> Bool {
    entries[name].map { $0.bytes == nil } ?? false
  }

  func lastUse(_ name: String) -> Int64? { entries[name]?.lastUse }

  /// All copies, the least recently used one first.
  var names: [String] {
    entries.sorted { ($0.value.lastUse, $0.key) < ($1.value.lastUse, $1.key) }.map(\.key)
  }
}
