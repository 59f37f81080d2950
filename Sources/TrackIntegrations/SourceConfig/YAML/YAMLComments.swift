/// Comments, which libyaml does not tell.
enum YAMLComments {
  /// Whether `content` has a comment: a `#` at the start of a line or after a blank, outside of the
  /// scalars of its tree.
  static func areIn(_ content: [UInt8], root: YAMLNode) -> Bool {
    var scalars: [(start: Int, end: Int)] = []
    collect(root, &scalars)
    scalars.sort { $0.start < $1.start }
    var next = 0
    var last: Unicode.Scalar = "\n"
    // A byte order mark is no character of the tree's text.
    let text = String(decoding: content, as: UTF8.self).unicodeScalars
    for (offset, scalar) in text.drop(while: { $0 == "\u{FEFF}" }).enumerated() {
      while next < scalars.count, scalars[next].end <= offset { next += 1 }
      let isInScalar = next < scalars.count && scalars[next].start <= offset
      if scalar == "#", !isInScalar, " \t\r\n".unicodeScalars.contains(last) { return true }
      last = scalar
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
