import Crypto
import Wire

/// A bearer token that nobody can guess: 32 random bytes.
struct AccessToken {
  let text: String

  init() throws(CryptoError) {
    let random = try SecureRandom.bytes(32)
    // The prefix tells those who find one what it is.
    text = "trackd_" + String(decoding: Base64.url.encode(random), as: UTF8.self)
  }

  /// The SHA-256 in hexadecimal digits. A token is random, so no slower hash is needed.
  var digest: String {
    Hexadecimal.text(SHA256.hash(text.utf8))
  }

  /// As trackd's `--auth-tokens` has names.
  static func isName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: "@"):
          true
        default: false
        }
      }
  }
}
