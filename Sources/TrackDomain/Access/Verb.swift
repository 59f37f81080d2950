/// What a caller may do, as policies and the contract name it. No verb includes another one.
public enum Verb: String, Sendable, Hashable, CaseIterable {
  case read
  case save
  case write
  case deploy
  case rollback
  case bypass
  case administer
}

/// A set of verbs.
public struct VerbSet: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(_ verb: Verb) {
    switch verb {
    case .read: rawValue = 1
    case .save: rawValue = 1 << 1
    case .write: rawValue = 1 << 2
    case .deploy: rawValue = 1 << 3
    case .rollback: rawValue = 1 << 4
    case .bypass: rawValue = 1 << 5
    case .administer: rawValue = 1 << 6
    }
  }

  public static let all = VerbSet(rawValue: 0x7F)

  public func contains(_ verb: Verb) -> Bool { contains(VerbSet(verb)) }

  /// In the order in which they are declared.
  public var verbs: [Verb] { Verb.allCases.filter(contains) }
}
