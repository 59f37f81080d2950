/// A bounded table that keeps what was used of late. When the young half is full it becomes the old
/// one, and what nobody has used since the last time goes.
struct RecentValues<Key: Hashable, Value> {
  private let limit: Int
  private var young: [Key: Value] = [:]
  private var old: [Key: Value] = [:]

  /// - Parameter limit: the most values.
  init(limit: Int) { self.limit = limit }

  subscript(key: Key) -> Value? {
    mutating get {
      if let value = young[key] { return value }
      guard let value = old[key] else { return nil }
      keep(value, for: key)
      return value
    }
    set { if let newValue { keep(newValue, for: key) } }
  }

  private mutating func keep(_ value: Value, for key: Key) {
    if young.count >= limit / 2, young[key] == nil {
      old = young
      young = [:]
    }
    young[key] = value
  }

  mutating func removeAll() {
    young = [:]
    old = [:]
  }

  var count: Int { young.count + old.count }
}
