import Wire

/// Path and parameters of a request, decoded once (RFC 3986 section 2.1).
struct RequestTarget {
  /// The texts between the slashes. An escaped slash (`%2F`) separates nothing.
  let segments: [String]
  /// In order. Here a plus means a space, as in the queries of browsers.
  let parameters: [Parameter]

  struct Parameter {
    let name: String
    let value: String
  }

  /// - Parameter text: path and query, as sent.
  init(_ text: String) throws(JSONError) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first ?? ""
    guard path.utf8.first == UInt8(ascii: "/") else { throw .noRoute }
    var segments: [String] = []
    for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      segments.append(try Self.decode(segment))
    }
    self.segments = segments
    parameters = parts.count == 2 ? try Self.parameters(parts[1]) : []
  }

  private static func parameters(_ query: Substring) throws(JSONError) -> [Parameter] {
    var parameters: [Parameter] = []
    for item in query.split(separator: "&") {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decode(parts[0], plusIsSpace: true)
      let value = parts.count == 2 ? try decode(parts[1], plusIsSpace: true) : ""
      guard !parameters.contains(where: { $0.name == name }) else {
        throw .badParameter(name, "it is there twice")
      }
      // No method has more fields. The limit bounds the search for duplicates.
      guard parameters.count < 32 else { throw .badParameter(name, "there are too many") }
      parameters.append(Parameter(name: name, value: value))
    }
    return parameters
  }

  private static func decode(
    _ text: Substring, plusIsSpace: Bool = false
  ) throws(JSONError) -> String {
    do {
      return try PercentEncoding.decode(text.utf8.span, plusIsSpace: plusIsSpace)
    } catch {
      throw .badTarget(description(of: error))
    }
  }

  private static func description(of fault: PercentEncoding.Fault) -> String {
    switch fault {
    case .badEscape: "a percent sign is not followed by two hexadecimal digits"
    case .notASCII: "a character is not percent-encoded"
    case .notUTF8: "percent-encoded bytes are not UTF-8"
    }
  }
}
