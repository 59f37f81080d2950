/// Finds comments, which libyaml does not report.
public enum YAMLComments {
  /// Whether `content` has a comment: a `#` at the start of a line or after a blank, outside of the
  /// scalars of its tree.
  public static func areIn(_ content: [UInt8], root: YAMLNode) -> Bool {
    var scalars: [(start: Int, end: Int)] = []
    collect(root, &scalars)
    scalars.sort { $0.start < $1.start }
    var next = 0
    var offset = 0
    var last = UInt8(ascii: "\n")
    for byte in YAMLText.withoutMark(content) {
      // Offsets count characters; a continuation byte begins none.
      if byte & 0xC0 == 0x80 { continue }
      while next < scalars.count, scalars[next].end <= offset { next += 1 }
      let isInScalar = next < scalars.count && scalars[next].start <= offset
      if byte == UInt8(ascii: "#"), !isInScalar, " \t\r\n".utf8.contains(last) { return true }
      last = byte
      offset += 1
    }
    return false
  }

  private static func collect(_ node: YAMLNode, _ scalars: inout [(start: Int, end: Int)]) {
    switch node.content {
    case .scalar: scalars.append((node.start.offset, node.end.offset))
    case .sequence(let elements):
      for element in elements { collect(element, &scalars) }
    case .mapping(let entries):
      for entry in entries {
        scalars.append((entry.keyStart.offset, entry.keyEnd.offset))
        collect(entry.value, &scalars)
      }
    }
  }
}
