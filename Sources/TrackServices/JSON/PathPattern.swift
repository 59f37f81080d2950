/// The path of a route: literal segments, and placeholders in braces that stand for one segment.
struct PathPattern: Sendable {
  private let segments: [Segment]
  /// The fields of the placeholders, in order.
  let placeholders: [String]

  private enum Segment: Sendable {
    case literal(String)
    case placeholder
  }

  init(_ text: String) {
    var segments: [Segment] = []
    var placeholders: [String] = []
    for part in text.split(separator: "/") {
      if part.hasPrefix("{"), part.hasSuffix("}") {
        segments.append(.placeholder)
        placeholders.append(String(part.dropFirst().dropLast()))
      } else {
        segments.append(.literal(String(part)))
      }
    }
    self.segments = segments
    self.placeholders = placeholders
  }

  /// The texts at the placeholders; nil when the path is another one. No text is empty.
  func match(_ path: [String]) -> [String]? {
    guard path.count == segments.count else { return nil }
    var values: [String] = []
    for (segment, part) in zip(segments, path) {
      switch segment {
      case .literal(let text): guard text == part else { return nil }
      case .placeholder:
        guard !part.isEmpty else { return nil }
        values.append(part)
      }
    }
    return values
  }
}
