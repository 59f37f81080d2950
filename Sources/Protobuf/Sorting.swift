/// A map's entries by ascending key: the same message has the same bytes in every process.
@inlinable
public func sorted<Key: Comparable, Value>(_ map: [Key: Value]) -> [(key: Key, value: Value)] {
  map.sorted { $0.key < $1.key }
}

@inlinable
public func sorted<Value>(_ map: [Bool: Value]) -> [(key: Bool, value: Value)] {
  map.sorted { !$0.key && $1.key }
}
