/// Seals the tokens that callers bring back, so that they can neither be read nor made by others.
public protocol TokenSeal: Sendable {
  /// - Parameter context: what the value belongs to; `open` has to get the same.
  /// - Returns: nil when it cannot be sealed.
  func seal(_ bytes: [UInt8], for context: [UInt8]) -> [UInt8]?

  /// - Returns: nil for what was not sealed by this key for this context.
  func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]?
}

/// Makes the page tokens and resume tokens of one caller, and reads them.
public struct CallerTokens: Sendable {
  /// Nil: tokens can be read. For stores without a key, and tests.
  public let seal: (any TokenSeal)?
  /// Whom the tokens belong to; empty: everybody may use them.
  public let owner: String

  public init(_ seal: (any TokenSeal)?, owner: String) {
    self.seal = seal
    self.owner = owner
  }

  /// Tokens that can be read and belong to nobody.
  public static let plain = CallerTokens(nil, owner: "")

  /// What sealed tokens are bound to.
  var context: [UInt8] { Array("trackd token\0\(owner)".utf8) }
}
