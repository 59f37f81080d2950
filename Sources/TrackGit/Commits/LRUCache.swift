/// A bounded map that forgets its least recently used entries. Not thread-safe.
struct LRUCache<Key: Hashable, Value> {
  private struct Node {
    let key: Key
    var value: Value
    var newer: Int?
    var older: Int?
  }

  private let capacity: Int
  private var places: [Key: Int] = [:]
  private var nodes: [Node] = []
  private var newest: Int?
  private var oldest: Int?

  /// - Parameter capacity: at least 1.
  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  var count: Int { nodes.count }

  /// The value of `key`, which becomes the most recently used one.
  mutating func value(_ key: Key) -> Value? {
    guard let place = places[key] else { return nil }
    makeNewest(place)
    return nodes[place].value
  }

  mutating func set(_ key: Key, _ value: Value) {
    if let place = places[key] {
      nodes[place].value = value
      makeNewest(place)
    } else if nodes.count < capacity {
      nodes.append(Node(key: key, value: value))
      places[key] = nodes.count - 1
      link(nodes.count - 1)
    } else if let place = oldest {
      unlink(place)
      places[nodes[place].key] = nil
      nodes[place] = Node(key: key, value: value)
      places[key] = place
      link(place)
    }
  }

  private mutating func makeNewest(_ place: Int) {
    if newest == place { return }
    unlink(place)
    link(place)
  }

  private mutating func link(_ place: Int) {
    nodes[place].older = newest
    nodes[place].newer = nil
    if let newest { nodes[newest].newer = place }
    newest = place
    if oldest == nil { oldest = place }
  }

  private mutating func unlink(_ place: Int) {
    let (newer, older) = (nodes[place].newer, nodes[place].older)
    if let newer { nodes[newer].older = older } else { newest = older }
    if let older { nodes[older].newer = newer } else { oldest = newer }
  }
}
