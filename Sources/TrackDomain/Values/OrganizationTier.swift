/// What an organization pays for. The raw values are kept in stores.
public enum OrganizationTier: UInt8, Sendable, Hashable, CaseIterable {
  case free = 1
  case paid = 2

  /// How many tracks a component may have before another is refused; nil is any number.
  public var trackLimit: Int? {
    switch self {
    case .free: 2
    case .paid: nil
    }
  }
}
