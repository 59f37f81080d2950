/// Paths below a folder of a repository: no leading `/`, no `..` segment, no control characters, at
/// most 1024 bytes. Empty is the folder itself.
enum RelativePath {
  static func check(_ path: String, reason: ErrorReason) throws(InvalidValue) -> String {
    guard path.utf8.count <= 1024 else {
      throw InvalidValue(reason, "must have at most 1024 bytes")
    }
    // Splits bytes, as Git does: Swift takes a slash with an accent behind it for one character.
    let slash = UInt8(ascii: "/")
    guard path.utf8.first != slash,
      !path.utf8.split(separator: slash).contains(where: { $0.elementsEqual("..".utf8) })
    else {
      throw InvalidValue(reason, "must be a relative path without '..'")
    }
    guard !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw InvalidValue(reason, "must not hold control characters")
    }
    return path
  }
}
