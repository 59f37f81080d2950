import TrackDomain

/// Names that Kubernetes takes, from texts of any kind: the same text gives the same name, and
/// different texts different ones.
enum KubernetesName {
  /// The name of all objects of a track: at most 53 bytes, so that more can be added; a DNS label
  /// that starts with a letter (RFC 1035).
  static func object(componentId: String, trackId: String) -> String {
    var digest = Digest()
    digest.combine(componentId)
    digest.combine(trackId)
    return label(componentId, maximumLength: 40) + "-" + short(digest)
  }

  /// The name of an object that others keep, such as a secret: a DNS label.
  static func reference(_ text: String) -> String {
    let name = label(text, maximumLength: 50)
    return name == text ? name : name + "-" + short(of: text)
  }

  /// A key of a secret or a config map.
  static func key(_ text: String) -> String {
    let key = String(
      text.unicodeScalars.prefix(200).map { scalar -> Character in
        isAlphanumeric(scalar) || "-._".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
      })
    return key == text && !key.isEmpty && key != "." && key != ".."
      ? key : key + "_" + short(of: text)
  }

  /// The names of containers, each once.
  static func containers(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.enumerated().map { index, name in
      var label = name.isEmpty ? "main" : label(name, maximumLength: 50)
      if !taken.insert(label).inserted {
        label += "-\(index)"
        taken.insert(label)
      }
      return label
    }
  }

  /// Lower-case letters, digits and dashes, from a letter on, without a dash at the end.
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
