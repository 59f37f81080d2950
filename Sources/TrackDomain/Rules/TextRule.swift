/// The characters that a text may hold, and its length.
public struct TextRule: Sendable {
  let reason: ErrorReason
  /// In Unicode code points.
  let maximumLength: Int
  let allowsLines: Bool

  /// Descriptions: 1024 characters, tabs and line ends allowed.
  public static var description: TextRule {
    TextRule(reason: .invalidDescription, maximumLength: 1024, allowsLines: true)
  }

  /// Names and references of catalog resources: 255 characters.
  static var short: TextRule {
    TextRule(reason: .invalidResource, maximumLength: 255, allowsLines: false)
  }

  /// URLs of catalog resources: 2048 characters.
  static var url: TextRule {
    TextRule(reason: .invalidResource, maximumLength: 2048, allowsLines: false)
  }

  /// Names of actors: 255 characters.
  public static var actor: TextRule {
    TextRule(reason: .invalidActor, maximumLength: 255, allowsLines: false)
  }

  /// Reasons of deployments: 1024 characters, tabs and line ends allowed.
  public static var reason: TextRule {
    TextRule(reason: .invalidReason, maximumLength: 1024, allowsLines: true)
  }

  /// Ids of release management: 255 characters.
  public static var release: TextRule {
    TextRule(reason: .invalidRelease, maximumLength: 255, allowsLines: false)
  }

  /// `text`, if the rule allows it.
  public func check(_ text: String) throws(InvalidValue) -> String {
    var length = 0
    for scalar in text.unicodeScalars {
      length += 1
      guard length <= maximumLength else {
        throw InvalidValue(reason, "must have at most \(maximumLength) characters")
      }
      guard !isControl(scalar) else {
        throw InvalidValue(reason, "must not hold control characters")
      }
    }
    return text
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: !allowsLines
    case 0..<0x20, 0x7F...0x9F: true
    default: false
    }
  }
}
