import TrackDomain

/// The owner of a manifest: the component, track and environment that the file names.
struct ManifestOwner: Sendable, Hashable {
  var componentId: String
  var trackId: String
  var environmentId: String

  /// The relation of a file to an owner.
  enum Claim: Sendable, Hashable {
    /// It names deployments of this owner: one, unless several files were mixed.
    case own(deploymentIds: Set<String>)
    /// It names none, or also names another owner.
    case foreign
  }

  /// Reads the file line by line, so that a file that people or tools have rewritten (other quotes,
  /// other indentation, no comments) is still recognized. Texts of users cannot look like such a
  /// line in trackd's own files: trackd quotes them, and escapes line ends.
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

  /// The key and the value of a line `key: value` with one of trackd's keys.
  private static func field(_ line: ArraySlice<UInt8>) -> (key: String, value: String)? {
    let text = line.drop { $0 == 0x20 || $0 == 0x2D }
    guard text.dropFirst(isQuote(text.first) ? 1 : 0).starts(with: "trackd/".utf8),
      let colon = text.firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    return (word(text[..<colon]), word(text[text.index(after: colon)...]))
  }

  /// A word without surrounding spaces and quotes.
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
