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
}
