import TrackDomain

/// Makes names that Kubernetes accepts from any texts: the same text gives the same name, and
/// different texts give different names.
enum KubernetesName {
  /// The name of all objects of a track: at most 53 bytes, so that a suffix can be added; a DNS
  /// label that starts with a letter (RFC 1035).
  static func object(componentId: String, trackId: String) -> String {
    var digest = Digest()
    digest.combine(componentId)
    digest.combine(trackId)
    return label(componentId, maximumLength: 40) + "-" + short(digest)
  }

  /// The name of an object of the users', such as a secret: the text itself if it is a DNS
  /// subdomain (RFC 1123), else a DNS label.
  static func reference(_ text: String) -> String {
    isSubdomain(text) ? text : label(text, maximumLength: 50) + "-" + short(of: text)
  }

  private static func isSubdomain(_ text: String) -> Bool {
    let hyphen = UInt8(ascii: "-")
    return text.utf8.count <= 253
      && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        .allSatisfy { label in
          !label.isEmpty && label.first != hyphen && label.last != hyphen
            && label.allSatisfy {
              (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == hyphen
            }
        }
  }

  /// A key of a secret or a config map.
  static func key(_ text: String) -> String {
    let key = String(
      text.unicodeScalars.prefix(253).map { scalar -> Character in
        isAlphanumeric(scalar) || "-._".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
      })
    return key == text && !key.isEmpty && key != "." && key != ".."
      ? key : key.prefix(200) + "_" + short(of: text)
  }

  /// The names of containers, each once.
  static func containers(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.enumerated().map { index, name in
      let label = name.isEmpty ? "main" : label(name, maximumLength: 50)
      var unique = label
      var number = index
      while !taken.insert(unique).inserted {
        unique = "\(label)-\(number)"
        number += 1
      }
      return unique
    }
  }

  /// Lower-case letters, digits and dashes; starts with a letter and does not end with a dash.
  private static func label(_ text: String, maximumLength: Int) -> String {
    var label = ""
    for scalar in text.unicodeScalars {
      let lower = isAlphanumeric(scalar) ? Character(scalar).lowercased() : "-"
      if label.isEmpty, lower == "-" { continue }
      if label.isEmpty, ("0"..."9").contains(scalar) { label = "x" }
      label += lower
      if label.utf8.count >= maximumLength { break }
    }
    while label.hasSuffix("-") { label.removeLast() }
    return label.isEmpty ? "x" : label
  }

  private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
  }

  private static func short(of text: String) -> String {
    var digest = Digest()
    digest.combine(text)
    return short(digest)
  }

  /// 12 hexadecimal digits.
  private static func short(_ digest: Digest) -> String {
    String(
      UniqueID(high: digest.high ^ digest.low, low: 0).description.filter { $0 != "-" }.prefix(12))
  }
}
