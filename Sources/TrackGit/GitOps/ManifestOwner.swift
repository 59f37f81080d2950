import TrackDomain

/// Whose a manifest is: the component, track and environment that it names itself.
struct ManifestOwner: Sendable, Hashable {
  var componentId: String
  var trackId: String
  var environmentId: String

  /// What a file in the place of a manifest is to its owner.
  enum Claim: Sendable, Hashable {
    /// It names deployments of this owner: one, unless somebody mixed several.
    case own(deploymentIds: Set<String>)
    /// It names none, or names others too.
    case foreign
  }

  /// Reads a file line by line, so that one which people or tools have written anew (other quotes, other
  /// indentation, no comments) is still known. Texts of users cannot look like such a line in what
  /// trackd writes: it quotes them, and escapes line ends.
  func claim(on content: [UInt8]) -> Claim {
    var named: [String: Set<String>] = [:]
    for line in content.split(separator: 0x0A) {
      guard let (key, value) = Self.field(line) else { continue }
      named[key, default: []].insert(value)
    }
    guard let deploymentIds = named[Manifest.deploymentKey],
      named[Manifest.componentKey] == [componentId], named[Manifest.trackKey] == [trackId],
      named[Manifest.environmentKey] == [environmentId]
    else { return .foreign }
    return .own(deploymentIds: deploymentIds)
  }

  /// The key and the value of a line `key: value` whose key is one of trackd's.
  private static func field(_ line: ArraySlice<UInt8>) -> (key: String, value: String)? {
    let text = line.drop { $0 == 0x20 || $0 == 0x2D }
    guard text.dropFirst(isQuote(text.first) ? 1 : 0).starts(with: "trackd/".utf8),
      let colon = text.firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    return (word(text[..<colon]), word(text[text.index(after: colon)...]))
  }

  /// A word without the spaces and quotes around it.
  private static func word(_ bytes: ArraySlice<UInt8>) -> String {
    let isAround = { (byte: UInt8) in byte == 0x20 || byte == 0x0D || isQuote(byte) }
    let end = bytes.lastIndex { !isAround($0) }.map(bytes.index(after:)) ?? bytes.startIndex
    return String(decoding: bytes[..<end].drop(while: isAround), as: UTF8.self)
  }

  private static func isQuote(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }
}

extension ManifestOwner {
  init(_ order: DeploymentOrder) {
    self.init(
      componentId: order.component.id, trackId: order.track.id, environmentId: order.environment.id)
  }
}
