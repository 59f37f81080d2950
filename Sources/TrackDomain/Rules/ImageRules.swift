/// The rules for the images that CI saves.
public enum ImageRules {
  /// The most container images of one build.
  public static var maximumImages: Int { 20 }
  /// The most ports of an image.
  public static var maximumPorts: Int { 50 }
  /// How far a commit's time may be ahead of the server's clock, in microseconds: one day.
  public static var commitLeadMicroseconds: Int64 { 24 * 3600 * 1_000_000 }

  /// The images with their digests in lower case. Adds every violation under `images[n]`; the
  /// result is valid only if there are none.
  public static func check(
    _ images: [ContainerImage], _ violations: inout Violations
  ) -> [ContainerImage] {
    guard (1...maximumImages).contains(images.count) else {
      violations.add("images", invalid("must be 1 to \(maximumImages)"))
      return []
    }
    var names: Set<String> = []
    var checked: [ContainerImage] = []
    for (index, image) in images.enumerated() {
      let path = "images[\(index)]"
      checkName(image.name, isAlone: images.count == 1, path, &violations)
      if !names.insert(image.name).inserted {
        violations.add("\(path).name", invalid("must be unique"))
      }
      checked.append(check(image, path, &violations))
    }
    return checked
  }

  private static func check(
    _ image: ContainerImage, _ path: String, _ violations: inout Violations
  ) -> ContainerImage {
    var checked = image
    let reference = violations.collect("\(path).reference") { () throws(InvalidValue) in
      try ImageReference(image.reference)
    }
    if image.digest.isEmpty { return checked }
    let digest = violations.collect("\(path).digest") { () throws(InvalidValue) in
      try ImageDigest.check(image.digest)
    }
    if let digest, let other = reference?.digest, !other.isEmpty, other != digest {
      violations.add("\(path).digest", invalid("must be the one that the reference holds"))
    }
    checked.digest = digest ?? ""
    return checked
  }

  /// At most 63 letters, digits, and inner `.`, `_` and hyphens; may be empty for an only image.
  private static func checkName(
    _ name: String, isAlone: Bool, _ path: String, _ violations: inout Violations
  ) {
    if name.isEmpty {
      if !isAlone { violations.add("\(path).name", invalid("must not be empty")) }
      return
    }
    guard name.utf8.count <= 63, let first = name.utf8.first, let last = name.utf8.last,
      isAlphanumeric(first), isAlphanumeric(last),
      name.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
    else {
      violations.add(
        "\(path).name",
        invalid("must match [A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"))
      return
    }
  }

  /// The ports, if all are from 1 to 65535 and none repeats.
  public static func checkPorts(_ ports: [Int32]) throws(InvalidValue) -> [Int32] {
    guard ports.count <= maximumPorts else {
      throw invalid("must be at most \(maximumPorts)")
    }
    guard ports.allSatisfy({ (1...65535).contains($0) }) else {
      throw invalid("must be from 1 to 65535")
    }
    guard Set(ports).count == ports.count else { throw invalid("must not repeat") }
    return ports
  }

  /// The id of CI's run: 1 to 255 characters.
  public static func checkRunId(_ id: String) throws(InvalidValue) -> String {
    guard !id.isEmpty else { throw invalid("must not be empty") }
    return try TextRule(reason: .invalidImage, maximumLength: 255, allowsLines: false).check(id)
  }

  /// The path of the API definition in the repository; may be empty.
  public static func checkAPIDefinitionPath(_ path: String) throws(InvalidValue) -> String {
    try RelativePath.check(path, reason: .invalidImage)
  }

  /// The time of a commit, if it is not too far ahead of the server's clock.
  public static func checkCommitTime(
    _ time: Timestamp, now: Timestamp
  ) throws(InvalidValue) -> Timestamp {
    guard time.microseconds >= 0 else {
      throw InvalidValue(.invalidCommitHash, "must be a time after 1970")
    }
    guard time <= now.after(microseconds: commitLeadMicroseconds) else {
      throw InvalidValue(
        .invalidCommitHash, "must not be more than a day ahead of the server's clock")
    }
    return time
  }

  /// Whether two saves of one run hold the same images, in any order: the same names with the same
  /// digests, or with the same references where there are no digests.
  public static func areSame(_ left: [ContainerImage], _ right: [ContainerImage]) -> Bool {
    left.count == right.count && Set(left.map(identity)) == Set(right.map(identity))
  }

  private static func identity(_ image: ContainerImage) -> [String] {
    if !image.digest.isEmpty { return [image.name, image.digest] }
    let digest = (try? ImageReference(image.reference))?.digest ?? ""
    return [image.name, digest.isEmpty ? image.reference : digest]
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidImage, description)
  }
}
