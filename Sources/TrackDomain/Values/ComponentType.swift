/// What a component is. The raw values are kept in stores.
public enum ComponentType: UInt8, Sendable, Hashable, CaseIterable {
  case service = 1
  case webApp = 2
  case task = 3
  /// Mediation.
  case apiProxy = 4

  /// Whether tracks of such a component must have a version.
  public var requiresVersion: Bool { self == .service }
}
