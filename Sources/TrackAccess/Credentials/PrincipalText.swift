import Crypto

/// The names of callers, each qualified by how it was proved.
public enum PrincipalText {
  private static let mostCharacters = 255

  /// Whether an issuer's text can be a name: 1 to 255 code points, none of them a control character.
  static func isName(_ text: String) -> Bool {
    var count = 0
    for scalar in text.unicodeScalars {
      count += 1
      guard count <= mostCharacters, scalar.value >= 0x20, !(0x7F...0x9F).contains(scalar.value)
      else { return false }
    }
    return count > 0
  }

  /// A user of this machine, at the other end of a Unix socket.
  public static func user(_ id: UInt32) -> Caller { Caller(principal: "uid:\(id)") }

  /// The owner of a client certificate: its SPIFFE ID, else its first DNS name, else its subject.
  /// The three begin differently, so that no name of one kind can be one of another.
  ///
  /// - Returns: nil for a certificate that names nobody, or several SPIFFE IDs, which its
  ///   specification (X.509-SVID section 2) forbids.
  public static func certificate(
    uris: [String], dnsNames: [String], subject: String, expiresAt: Int64
  ) -> Caller? {
    let ids = uris.filter { $0.hasPrefix("spiffe://") }
    let text: String
    if let id = ids.first {
      guard ids.count == 1 else { return nil }
      text = id
    } else if let name = dnsNames.first {
      text = "dns:\(name)"
    } else if !subject.isEmpty {
      text = "subject:\(subject)"
    } else {
      return nil
    }
    guard isLongName(text) else { return nil }
    return Caller(
      principal: "cert:\(text)", expiresAt: expiresAt == .max ? nil : expiresAt)
  }

  /// A SPIFFE ID has up to 2048 bytes; a subject may be as long.
  private static func isLongName(_ text: String) -> Bool {
    text.utf8.count <= 2048
      && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }
}
