import EventLoop
import Protobuf

/// Rows under headings.
///
/// A table is made to fit its width in steps: long cells are shortened as far as their columns
/// allow, then times become ages, then columns that can be spared are left out, and finally names
/// are shortened too. A shortened cell ends in an ellipsis; `remarks` lists what is left out.
struct Table: Sendable {
  /// The kind of a column, which decides how it may shrink.
  struct Column: Sendable {
    enum Kind: Sendable {
      /// A name, a number or a state: shortened only when nothing else helps.
      case name
      /// An id of which the beginning is shown, which other commands accept.
      case handle
      /// A time, which may become an age.
      case time
      /// Text, which may be shortened to this many columns.
      case text(Int)
    }

    let heading: String
    let kind: Kind
    /// The order in which columns are left out, 1 first; nil for never.
    let spared: Int?

    var isTime: Bool {
      if case .time = kind { true } else { false }
    }

    static func name(_ heading: String, spared: Int? = nil) -> Column {
      Column(heading: heading, kind: .name, spared: spared)
    }

    static func handle(_ heading: String, spared: Int? = nil) -> Column {
      Column(heading: heading, kind: .handle, spared: spared)
    }

    static func time(_ heading: String, spared: Int? = nil) -> Column {
      Column(heading: heading, kind: .time, spared: spared)
    }

    /// May be shortened to `least` columns or to its heading, whichever is wider.
    static func text(_ heading: String, least: Int = 8, spared: Int? = nil) -> Column {
      Column(heading: heading, kind: .text(max(least, heading.count)), spared: spared)
    }
  }

  static let ellipsis = "…"
  private static let gap = 2

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: Column...) { self.columns = columns }

  /// - Parameter cells: one for each column, in full.
  mutating func add(_ cells: String...) { rows.append(cells) }

  var isEmpty: Bool { rows.isEmpty }

  /// The lines of the table, and remarks about what is left out.
  struct Rendering: Equatable {
    var text: String
    var remarks: [String] = []
  }

  /// - Parameters:
  ///   - width: in columns of a terminal; nil for no limit.
  ///   - now: seconds since 1970.
  func rendered(
    width: Int?, now: Int64 = WallClock.nowMicroseconds() / 1_000_000
  ) -> Rendering {
    guard let width else {
      return Rendering(
        text: Self.lines(columns.map(\.heading), rows.map { $0.map(Self.printable) }))
    }
    var cells = rows.map { row in zip(row, columns).map { Self.narrow($0, $1.kind) } }
    var kept = Array(columns.indices)
    var widths = naturalWidths(cells)
    // An empty column can go first.
    for column in spared where Self.total(widths, kept) > width && isEmpty(column) {
      kept.removeAll { $0 == column }
    }
    let hasAges = !canFit(widths, kept, width) && kept.contains { columns[$0].isTime }
    if hasAges {
      cells = cells.map { row in
        zip(row, columns).map { $1.isTime ? Self.age(of: $0, now: now) : $0 }
      }
      widths = naturalWidths(cells)
    }
    fit(&widths, &kept, width)
    let shown = cells.map { row in kept.map { Self.shortened(row[$0], widths[$0]) } }
    let headings = kept.map { Self.shortened(columns[$0].heading, widths[$0]) }
    return Rendering(
      text: Self.lines(headings, shown), remarks: remarks(shown, kept, hasAges: hasAges))
  }

  private func naturalWidths(_ cells: [[String]]) -> [Int] {
    columns.indices.map { index in
      cells.reduce(columns[index].heading.count) { max($0, TextWidth.columns($1[index])) }
    }
  }

  private func isEmpty(_ column: Int) -> Bool { rows.allSatisfy { $0[column].isEmpty } }

  private func remarks(_ shown: [[String]], _ kept: [Int], hasAges: Bool) -> [String] {
    var remarks: [String] = []
    if hasAges, kept.contains(where: { columns[$0].isTime }) {
      remarks.append("times are ages")
    }
    let isShortened = zip(shown, rows).contains { cells, whole in
      zip(cells, kept).contains { cell, index in
        switch columns[index].kind {
        case .handle: false
        case .time where hasAges: false
        default: cell != Self.printable(whole[index])
        }
      }
    }
    if isShortened { remarks.append("cells that end in \(Self.ellipsis) are shortened") }
    let omitted = columns.indices.filter { !kept.contains($0) && !isEmpty($0) }
      .map { columns[$0].heading }
    if !omitted.isEmpty {
      remarks.append("there is no room for \(omitted.joined(separator: ", "))")
    }
    return remarks
  }

  // MARK: Fitting

  /// The columns that can be left out, in this order.
  private var spared: [Int] {
    columns.indices.filter { columns[$0].spared != nil }
      .sorted { columns[$0].spared ?? 0 < columns[$1].spared ?? 0 }
  }

  /// Whether shortening texts suffices.
  private func canFit(_ widths: [Int], _ kept: [Int], _ limit: Int) -> Bool {
    var widths = widths
    shrinkTexts(&widths, kept, limit)
    return Self.total(widths, kept) <= limit
  }

  private func shrinkTexts(_ widths: inout [Int], _ kept: [Int], _ limit: Int) {
    shrink(&widths, kept, limit) { if case .text(let least) = $0 { least } else { nil } }
  }

  private func fit(_ widths: inout [Int], _ kept: inout [Int], _ limit: Int) {
    let natural = widths
    shrinkTexts(&widths, kept, limit)
    for column in spared where Self.total(widths, kept) > limit {
      kept.removeAll { $0 == column }
      widths = natural
      shrinkTexts(&widths, kept, limit)
    }
    shrink(&widths, kept, limit) { if case .name = $0 { 12 } else { nil } }
    shrink(&widths, kept, limit) { _ in 1 }
  }

  /// Takes columns from the widest cells until the table fits, or all are as narrow as they can be.
  ///
  /// - Parameter least: the narrowest width of a kind of column; nil for unchanged.
  private func shrink(
    _ widths: inout [Int], _ kept: [Int], _ limit: Int, least: (Column.Kind) -> Int?
  ) {
    var excess = Self.total(widths, kept) - limit
    while excess > 0 {
      let candidates = kept.filter { index in
        least(columns[index].kind).map { widths[index] > $0 } ?? false
      }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
      excess -= 1
    }
  }

  private static func total(_ widths: [Int], _ kept: [Int]) -> Int {
    kept.reduce(0) { $0 + widths[$1] } + gap * max(0, kept.count - 1)
  }

  // MARK: Cells

  /// A cell on one line: the beginning of an id, or the first line of a text.
  private static func narrow(_ cell: String, _ kind: Column.Kind) -> String {
    switch kind {
    case .handle: return printable(Words.short(cell))
    case .name, .time: return printable(cell)
    case .text:
      let lines = cell.split(whereSeparator: \.isNewline)
      let first = printable(lines.first.map(String.init) ?? "")
      return lines.count > 1 ? "\(first) \(ellipsis)" : first
    }
  }

  /// `5d ago`: in the largest unit of which there are at least two. Other texts stay as they are.
  private static func age(of cell: String, now: Int64) -> String {
    guard let time = try? Timestamp(jsonString: "\"\(cell)\"") else { return cell }
    let seconds = max(0, now - time.seconds)
    return switch seconds {
    case ..<120: "\(seconds)s ago"
    case ..<7200: "\(seconds / 60)m ago"
    case ..<172_800: "\(seconds / 3600)h ago"
    default: "\(seconds / 86_400)d ago"
    }
  }

  private static func shortened(_ cell: String, _ width: Int) -> String {
    guard TextWidth.columns(cell) > width else { return cell }
    return TextWidth.prefix(cell, columns: width - 1) + ellipsis
  }

  private static func lines(_ headings: [String], _ rows: [[String]]) -> String {
    let rows = [headings] + rows
    let widths = headings.indices.map { index in
      rows.reduce(0) { max($0, TextWidth.columns($1[index])) }
    }
    return rows.map { row in
      var text = ""
      for (index, cell) in row.enumerated() {
        text += cell
        guard row[(index + 1)...].contains(where: { !$0.isEmpty }) else { break }
        text += String(repeating: " ", count: widths[index] - TextWidth.columns(cell) + gap)
      }
      return text + "\n"
    }.joined()
  }

  /// The text without characters that control a terminal.
  static func printable(_ text: String) -> String { Characters.line(text) }
}

/// Names and values of one thing, one pair per line.
struct FieldList: Sendable {
  private var fields: [(name: String, value: String)] = []

  /// Leaves out an empty value.
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
