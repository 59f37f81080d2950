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
    /// A `Box` of the key's type.
    let box: AnyBox
  }

  /// `@unchecked Sendable`: has no state; its one subclass has its own note.
  private class AnyBox: @unchecked Sendable {}

  /// `@unchecked Sendable`: constant, and values are `Sendable`.
  private final class Box<Value: Sendable>: AnyBox, @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  /// Few, so they are looked through.
  private var entries: [Entry] = []

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  public subscript<Key: CallStorageKey>(key: Key.Type) -> Key.Value? {
    get {
      let id = ObjectIdentifier(key)
      for entry in entries where entry.key == id {
        // The setter has put it there, for the same key. A cast that looks costs as much as a
        // decision about rights.
        return unsafe unsafeDowncast(entry.box, to: Box<Key.Value>.self).value
      }
      return nil
    }
    set {
      let id = ObjectIdentifier(key)
      if let place = entries.firstIndex(where: { $0.key == id }) { entries.remove(at: place) }
      if let newValue { entries.append(Entry(key: id, box: Box(newValue))) }
    }
  }
}
