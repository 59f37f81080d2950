/// How metrics are written.
///
/// Source: Prometheus "Exposition formats" 0.0.4; OpenMetrics 1.0.0.
public enum ExpositionFormat: Sendable, Hashable {
  case text
  case openMetrics

  public var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// The format that an Accept header asks for: OpenMetrics where it is named with a weight that is
  /// not below that of plain text, else text.
  ///
  /// - Parameter accept: as it came, however wrong; nil without one.
  public init(accept: String?) {
    let ranges = MediaRange.parse(accept ?? "")
    let open = ranges.filter {
      $0.type == "application/openmetrics-text" && Self.versions.contains($0.version ?? "1.0.0")
    }.map(\.weight).max()
    let text = ranges.filter { $0.type == "text/plain" }.map(\.weight).max() ?? 0
    guard let open, open > 0, open >= text else {
      self = .text
      return
    }
    self = .openMetrics
  }

  /// Those of OpenMetrics that read alike.
  private static let versions: Set<String> = ["0.0.1", "1.0.0"]
}

/// One entry of an Accept header (RFC 9110 section 12.5.1).
public struct MediaRange: Sendable, Hashable {
  /// In lower case.
  public var type: String
  public var version: String?
  /// 0 to 1000; what cannot be read counts as 0.
  public var weight = 1000

  /// The entries of a header; empty and nonsensical ones are nothing.
  public static func parse(_ header: String) -> [MediaRange] {
    header.split(separator: ",").compactMap { entry in
      let parts = entry.split(separator: ";", omittingEmptySubsequences: false)
        .map { $0.trimmed }
      guard let first = parts.first, first.contains("/") else { return nil }
      var range = MediaRange(type: first.lowercased())
      for part in parts.dropFirst() {
        let pair = part.split(separator: "=", maxSplits: 1).map(\.trimmed)
        guard pair.count == 2 else { continue }
        switch pair[0].lowercased() {
        case "version": range.version = pair[1]
        case "q": range.weight = Self.weight(pair[1])
        default: break
        }
      }
      return range
    }
  }

  private static func weight(_ text: String) -> Int {
    guard text.utf8.count <= 5, let value = Double(text), value >= 0, value <= 1 else { return 0 }
    return Int((value * 1000).rounded())
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var rest = self
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return String(rest)
  }
}
