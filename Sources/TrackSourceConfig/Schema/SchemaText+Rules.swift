/// The forms of texts in source configs.
extension SchemaText {
  /// `^/[a-zA-Z0-9/\-_]*$`
  var isPath: Bool {
    value.utf8.first == UInt8(ascii: "/")
      && value.utf8.allSatisfy { isAlphanumeric($0) || "/-_".utf8.contains($0) }
  }

  /// `^[a-z][a-z0-9_-]*$`
  var isEndpointName: Bool {
    value.utf8.first.map(isLowerLetter) == true
      && value.utf8.allSatisfy { isLowerLetter($0) || isDigit($0) || "_-".utf8.contains($0) }
  }

  /// `^[a-zA-Z_][a-zA-Z0-9_]*$`
  var isVariableName: Bool {
    guard let first = value.utf8.first, !isDigit(first) else { return false }
    return value.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
  }

  /// 3 to 50 letters and digits, with single delimiters between them; ignores blanks around them.
  var isConnectionName: Bool {
    let bytes = Array(value.utf8)
    guard bytes.allSatisfy({ isAlphanumeric($0) || " _-.\t\n\r".utf8.contains($0) }),
      let start = bytes.firstIndex(where: isAlphanumeric),
      let end = bytes.lastIndex(where: isAlphanumeric)
    else { return false }
    let isBlank = { (byte: UInt8) in " \t\n\r".utf8.contains(byte) }
    let name = bytes[start...end]
    return bytes[..<start].allSatisfy(isBlank) && bytes[(end + 1)...].allSatisfy(isBlank)
      // The schema's rule against delimiters in a row also looks behind the name.
      && bytes.count - end <= 2
      && (3...50).contains(name.count)
      && name.allSatisfy { isAlphanumeric($0) || " _-.".utf8.contains($0) }
      && !zip(name, name.dropFirst()).contains { !isAlphanumeric($0) && !isAlphanumeric($1) }
  }

  /// A UUID of version 1 to 5, or the nil UUID.
  var isUUID: Bool {
    let text = value.lowercased()
    if text == "00000000-0000-0000-0000-000000000000" { return true }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12],
      parts.joined().utf8.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) })
    else { return false }
    return "12345".contains(parts[2].first ?? "x") && "89ab".contains(parts[3].first ?? "x")
  }
}

/// The resources that connections refer to.
enum ResourceReference {
  private static let visibilities = ["PUBLIC", "PROJECT", "ORGANIZATION"]

  /// `choreo:///<org>/<project>/<component>/<endpoint>/v<major>[.<minor>]/<visibility>`
  static func isChoreoService(_ text: String) -> Bool {
    var pattern = SchemaPattern(text)
    guard pattern.skip("choreo:///") else { return false }
    for _ in 0..<4 {
      guard pattern.skipHandle(), pattern.skip("/") else { return false }
    }
    return pattern.skip("v") && pattern.skipNumbers(atMost: 2) && pattern.skip("/")
      && pattern.ends(with: visibilities)
  }

  /// A service of component-config.yaml v1alpha1 in the notation of later schemas: its version
  /// `1.44.0` becomes `v1.44`. Other texts stay as they are.
  static func modern(_ text: String) -> String {
    var segments = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard text.hasPrefix("choreo:///"), segments.count == 9 else { return text }
    var version = SchemaPattern(segments[7])
    _ = version.skip("v")
    guard version.skipNumbers(), version.isAtEnd else { return text }
    let numbers = segments[7].drop { $0 == "v" }.split(separator: ".").prefix(2)
    segments[7] = "v" + numbers.joined(separator: ".")
    return segments.joined(separator: "/")
  }

  /// `thirdparty:<name>/v<numbers>`
  static func isThirdParty(_ text: String) -> Bool {
    var pattern = SchemaPattern(text)
    return pattern.skip("thirdparty:") && pattern.skipAll(isNameByte) && pattern.skip("/")
      && (pattern.skip("v") || pattern.skip("V")) && pattern.skipNumbers() && pattern.isAtEnd
  }

  /// `database:[<server>/]<database>`
  static func isDatabase(_ text: String) -> Bool {
    var pattern = SchemaPattern(text)
    guard pattern.skip("database:"), pattern.skipHandle() else { return false }
    return pattern.isAtEnd || pattern.skip("/") && pattern.skipHandle() && pattern.isAtEnd
  }

  /// `storage:<name>`
  static func isStorage(_ text: String) -> Bool {
    var pattern = SchemaPattern(text)
    return pattern.skip("storage:") && pattern.skipAll(isNameByte) && pattern.isAtEnd
  }

  /// `[service:][/<project>/]<component>/<version>[/<endpoint>][/<visibility>]`
  static func isService(_ text: String) -> Bool {
    var pattern = SchemaPattern(text)
    _ = pattern.skip("service:")
    if pattern.skip("/") {
      guard pattern.skipHandle(), pattern.skip("/") else { return false }
    }
    guard pattern.skipHandle(), pattern.skip("/") else { return false }
    _ = pattern.skip("v") || pattern.skip("V")
    guard pattern.skipNumbers() else { return false }
    if pattern.isAtEnd { return true }
    guard pattern.skip("/") else { return false }
    // A visibility has the form of an endpoint's name.
    guard pattern.skipHandle() else { return false }
    return pattern.isAtEnd || pattern.skip("/") && pattern.ends(with: visibilities)
  }

  /// `[a-zA-Z0-9\s_.-]`
  private static func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || " \t\n\r_.-".utf8.contains(byte)
  }
}
