/// Rows under headings, in columns that are as wide as what they hold.
struct Table: Sendable {
  private let headings: [String]
  private var rows: [[String]] = []

  init(_ headings: String...) { self.headings = headings }

  mutating func add(_ cells: String...) { rows.append(cells.map(Self.printable)) }

  var isEmpty: Bool { rows.isEmpty }

  var text: String {
    let lines = [headings] + rows
    var widths = headings.map(\.count)
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
    }
    return lines.map { line in
      var text = ""
      for (index, cell) in line.enumerated() {
        text += cell
        guard line[(index + 1)...].contains(where: { !$0.isEmpty }) else { break }
        text += String(repeating: " ", count: widths[index] - cell.count + 2)
      }
      return text + "\n"
    }.joined()
  }

  /// Without control characters: what a server says must not steer a terminal.
  static func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        result.append(scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

/// Names and values below each other, of one thing.
struct FieldList: Sendable {
  private var fields: [(name: String, value: String)] = []

  /// An empty value is left out.
  mutating func add(_ name: String, _ value: String) {
    if !value.isEmpty { fields.append((name, Table.printable(value))) }
  }

  var text: String {
    let width = fields.map(\.name.count).max() ?? 0
    return fields.map { field in
      let gap = String(repeating: " ", count: width - field.name.count)
      return "\(field.name)\(gap)  \(field.value)\n"
    }.joined()
  }
}
