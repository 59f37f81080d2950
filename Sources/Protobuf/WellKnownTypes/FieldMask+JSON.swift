extension FieldMask {
  public init(paths: [String]) {
    self.init()
    self.paths = paths
  }

  /// `a.fooBar,b`: paths in lower camel case, separated by commas.
  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init()
    let text = try reader.string()
    guard !text.isEmpty else { return }
    for path in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard !path.contains("_") else { throw reader.failure("a path in lower camel case expected") }
      paths.append(Self.snakeCase(path))
    }
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    var camelPaths: [String] = []
    for path in paths {
      let camel = Self.camelCase(path)
      guard Self.snakeCase(camel[...]) == path else {
        throw JSONEncodingError(reason: "the path '\(path)' has no JSON form")
      }
      camelPaths.append(camel)
    }
    writer.value(camelPaths.joined(separator: ","))
  }

  private static func snakeCase(_ path: Substring) -> String {
    var result = ""
    for scalar in path.unicodeScalars {
      if ("A"..."Z").contains(scalar) {
        result += "_" + String(scalar).lowercased()
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func camelCase(_ path: String) -> String {
    var result = ""
    var upper = false
    for scalar in path.unicodeScalars {
      if scalar == "_" {
        upper = true
      } else {
        result += upper ? String(scalar).uppercased() : String(scalar)
        upper = false
      }
    }
    return result
  }
}
