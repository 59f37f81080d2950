import Crypto
public import TrackDomain

/// Seals tokens with a key of the store.
public struct KeySeal: TokenSeal {
  private let key: SealingKey

  /// - Parameter bytes: 32 of them.
  public init(_ bytes: [UInt8]) { key = SealingKey(SecretBytes(copying: bytes)) }

  public func seal(_ bytes: [UInt8], for context: [UInt8]) -> [UInt8]? {
    try? key.seal(bytes, for: context)
  }

  public func open(_ sealed: [UInt8], for context: [UInt8]) -> [UInt8]? {
    key.open(sealed, for: context)
  }
}
