/// Names a value that a call carries, and its type:
///
///     enum CallerKey: CallStorageKey { typealias Value = Caller }
///     storage[CallerKey.self] = Caller("ann")
public protocol CallStorageKey {
  associatedtype Value: Sendable
}

/// Values that belong to one call, from its admission through interceptors to its handler.
public struct CallStorage: Sendable {
  private struct Entry: Sendable {
    let key: ObjectIdentifier
    let value: any Sendable
  }

  /// Few, so they are looked through.
  private var entries: [Entry] = []

  public init() {}

  public subscript<Key: CallStorageKey>(key: Key.Type) -> Key.Value? {
    get {
      let id = ObjectIdentifier(key)
      for entry in entries where entry.key == id { return entry.value as? Key.Value }
      return nil
    }
    set {
      let id = ObjectIdentifier(key)
      entries.removeAll { $0.key == id }
      if let newValue { entries.append(Entry(key: id, value: newValue)) }
    }
  }
}
