/// What happened to a resource. The raw values are kept in stores.
public enum ChangeKind: UInt8, Sendable, Hashable, CaseIterable {
  case created = 1
  case updated = 2
  case deleted = 3
}
