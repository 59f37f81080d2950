import TrackDomain

/// The second line of a manifest: a checksum of everything behind it, but for the deployment's id.
/// It reveals edits by hand, and the same order still gives the same text.
enum ManifestChecksum {
  private static let beginning = "# checksum: "

  /// The line for the text that follows it.
  static func line(_ rest: String, deploymentId: String) -> String {
    "\(beginning)\(checksum(Array(rest.utf8)[...], deploymentId))\n"
  }

  /// Whether the manifest of a deployment was edited. False for manifests of trackd 0.1.0, which
  /// have no checksum.
  static func isBroken(_ content: [UInt8], deploymentId: String) -> Bool {
    let lines = content.split(
      separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3, lines[0].elementsEqual("# \(Manifest.firstLine)".utf8) else {
      return true
    }
    guard lines[1].starts(with: beginning.utf8) else { return false }
    return !lines[1].dropFirst(beginning.utf8.count)
      .elementsEqual(checksum(lines[2], deploymentId).utf8)
  }

  /// 32 hexadecimal digits.
  private static func checksum(_ bytes: ArraySlice<UInt8>, _ deploymentId: String) -> String {
    let id = Array(deploymentId.utf8)
    var digest = Digest()
    var rest = bytes
    while let byte = rest.first {
      if byte == id.first, rest.starts(with: id) {
        rest.removeFirst(id.count)
      } else {
        digest.combine(byte)
        rest.removeFirst()
      }
    }
    return UniqueID(high: digest.high, low: digest.low).description.filter { $0 != "-" }
  }
}
