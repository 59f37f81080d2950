/// From where an endpoint can be reached. The raw values are kept in stores.
public enum NetworkVisibility: UInt8, Sendable, Hashable, CaseIterable {
  case `public` = 1
  case organization = 2
  case project = 3
}
