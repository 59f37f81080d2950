public import Crypto
public import TrackDomain
import Wire

/// The keys that sign the audit: the first one signs, and all of them tell whether a row was
/// changed.
public struct AuditKeys: AuditSeal {
  /// What signs, with a name that does not tell it.
  private struct Key: Sendable {
    let id: String
    let key: HMACKey

    init(_ bytes: SecretBytes) {
      let purpose = "trackd audit key".utf8
      var text: [UInt8] = []
      text.reserveCapacity(purpose.count + bytes.count)
      text += purpose
      for index in bytes.span.indices { text.append(bytes.span[index]) }
      // Half of a digest: enough to tell keys apart.
      id = Hexadecimal.text(SHA256.hash(text).prefix(8))
      text.wipe()
      key = HMACKey(bytes)
    }
  }

  private let signing: Key
  private let keys: [String: (key: Key, rank: Int)]

  /// - Parameters:
  ///   - first: signs; 32 secret bytes or more.
  ///   - others: have signed earlier, the latest first.
  public init(signing first: SecretBytes, others: [SecretBytes] = []) {
    signing = Key(first)
    var keys: [String: (key: Key, rank: Int)] = [:]
    for (rank, bytes) in ([first] + others).reversed().enumerated() {
      let key = Key(bytes)
      keys[key.id] = (key, rank)
    }
    self.keys = keys
  }

  public var keyId: String { signing.id }

  public func code(for bytes: [UInt8]) -> [UInt8] { signing.key.code(for: bytes) }

  public func isValid(_ code: [UInt8], for bytes: [UInt8], keyId: String) -> Bool? {
    keys[keyId].map { $0.key.key.isValid(code, for: bytes) }
  }

  public func rank(ofKey id: String) -> Int? { keys[id]?.rank }
}

/// Reads the file of `--audit-key`. A line has a key of 32 bytes or more, in Base64:
///
///     # Made with: openssl rand -base64 32
///     9Jj4mTqz2dG0mJX3tqJkQ0kVbq2nq3O9p1gq4cXyXhE=
///
/// The first key signs. The others are those that have signed before, and are looked at when the
/// chain is verified. Blank lines and lines that begin with `#` say nothing.
public enum AuditKeyFile {
  public static let mostBytes = 1 << 16
  private static let leastKeyBytes = 32

  /// The keys of the file: at least one. The caller wipes the file's bytes.
  public static func keys(_ bytes: [UInt8]) throws(AccessFileFault) -> [SecretBytes] {
    var keys: [SecretBytes] = []
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      var word: [UInt8] = []
      word.reserveCapacity(line.count)
      defer { word.wipe() }
      for byte in line where ![UInt8(ascii: " "), 0x09, 0x0D].contains(byte) { word.append(byte) }
      if word.isEmpty || word[0] == UInt8(ascii: "#") { continue }
      guard var key = Base64.json.decode(word.span), key.count >= leastKeyBytes else {
        // What stands there may be a key: it is not repeated.
        throw AccessFileFault(
          line: number, "is no key: \(leastKeyBytes) bytes or more, in Base64")
      }
      keys.append(SecretBytes(wiping: &key))
    }
    if keys.isEmpty { throw AccessFileFault(line: 1, "has no key") }
    return keys
  }
}
