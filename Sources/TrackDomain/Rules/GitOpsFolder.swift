/// The folder of an environment in its GitOps repository: a relative path. `.` is the root.
public enum GitOpsFolder {
  /// The longest name that file systems allow, in bytes.
  private static let maximumSegment = 255

  /// Checks a path: it obeys `RelativePath`, and holds nothing that Git or a checkout refuses
  /// later.
  public static func check(_ path: String) throws(InvalidValue) {
    _ = try RelativePath.check(path, reason: .invalidResource)
    for segment in segments(path) { try check(segment: segment) }
  }

  /// The names of the folders, from the root on; none for the root itself.
  ///
  /// Splits bytes, as Git does: Swift takes a slash with an accent behind it for one character.
  public static func segments(_ path: String) -> [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
      .filter { $0 != "." }
  }

  /// One spelling for all spellings of the folder; empty for the root.
  public static func name(_ path: String) -> String { segments(path).joined(separator: "/") }

  private static func check(segment: String) throws(InvalidValue) {
    guard segment != ".." else { throw invalid("must be a relative path without '..'") }
    guard segment.utf8.count <= maximumSegment else {
      throw invalid("must have segments of at most \(maximumSegment) bytes")
    }
    guard segment.unicodeScalars.allSatisfy(isFit) else {
      throw invalid("must not hold backslashes or invisible characters")
    }
    let lower = segment.lowercased()
    guard !fileEndings.contains(where: { lower.utf8.hasSuffix($0) }) else {
      throw invalid("must name folders: '\(segment)' ends like a file")
    }
    guard !isOfGit(lower) else { throw invalid("must not hold '\(segment)', which Git refuses") }
  }

  /// A folder with such an ending could take the place of a manifest.
  private static let fileEndings = [".yaml", ".yml", ".json"].map { Array($0.utf8) }

  /// Names that Git reserves on every file system: one of them makes Git refuse all commits of a
  /// push. NTFS ignores dots and spaces at the end and everything behind a colon, and has short
  /// names.
  private static func isOfGit(_ lower: String) -> Bool {
    var stem = lower.prefix { $0 != ":" }
    while stem.hasSuffix(" ") || stem.hasSuffix(".") { stem.removeLast() }
    if [".git", "git~1", ".gitmodules", ".gitattributes"].contains(stem) { return true }
    return ["gitmod~", "gitatt~", "gi7eba~", "gi7d29~"].contains { beginning in
      stem.hasPrefix(beginning) && Int(stem.dropFirst(beginning.count)) != nil
    }
  }

  private static func isFit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: scalar != "\\"
    }
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidResource, description)
  }
}

extension String.UTF8View {
  fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
    self.suffix(suffix.count).elementsEqual(suffix)
  }
}
