import EventLoop
import Protobuf

/// Writes the results of commands to stdout: tables for people, or JSON for programs.
struct Output: Sendable {
  let format: OutputFormat
  /// Whether calls only check: then no text may say that something was done.
  let isCheck: Bool
  /// The width of tables, in columns.
  let width: Int

  /// The width of tables when neither the environment nor a terminal gives one.
  static let standardWidth = 80

  init(format: OutputFormat, isCheck: Bool, environment: [String: String]) {
    self.format = format
    self.isCheck = isCheck
    width = Self.width(environment: environment, terminal: StandardStream.output.columns)
  }

  /// The value of COLUMNS, else the width of the terminal, if there is one.
  static func width(environment: [String: String], terminal: Int?) -> Int {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    return terminal ?? standardWidth
  }

  var isJSON: Bool { format == .json }

  // MARK: Results

  /// Shows the response as JSON, or the text for people.
  func show(_ response: some Message, _ text: () -> String) throws {
    if isCheck { return try show(response, Deed("do what follows", details: text())) }
    StandardStream.output.write(isJSON ? try Self.json(response) + "\n" : Characters.lines(text()))
  }

  /// Shows the response as JSON, or the file: byte for byte, except on a terminal.
  func show(_ response: some Message, file: String) throws {
    if isJSON || Characters.areSeen { return try show(response) { file } }
    StandardStream.output.write(file)
  }

  func show(_ response: some Message, table: () -> Table) throws {
    guard !isJSON else { return try show(response) { "" } }
    let rendering = rendering(of: table())
    try show(response) { rendering.text }
    tell(rendering.remarks)
  }

  /// Shows a message of a stream on a line: as JSON, or as text for people, nil for none.
  func show(line message: some Message, _ text: () -> String?) throws {
    if isJSON {
      StandardStream.output.write(try Self.json(message) + "\n")
    } else if let text = text() {
      StandardStream.output.write(Table.printable(text) + "\n")
    }
  }

  /// A table as a part of a text; notes on stderr what did not fit.
  func text(of table: Table) -> String {
    let rendering = rendering(of: table)
    tell(rendering.remarks)
    return rendering.text
  }

  private func rendering(of table: Table) -> Table.Rendering {
    table.rendered(width: format == .wide ? nil : width)
  }

  private func tell(_ remarks: [String]) {
    if !remarks.isEmpty { note("\(remarks.joined(separator: "; ")): -o wide shows all") }
  }

  // MARK: Changes

  /// Shows the response to a call that changes something. Every command with `--validate-only` uses
  /// this: for a check, the text is in the conditional, and goes to stderr too when `-o json`
  /// writes the response that the call itself would get.
  func show(_ response: some Message, _ deed: @autoclosure () -> Deed) throws {
    if isJSON {
      StandardStream.output.write(try Self.json(response) + "\n")
      if isCheck { note(Deed.nothingChanged) }
    } else {
      StandardStream.output.write(Characters.lines(deed().text(isCheck: isCheck)))
    }
  }

  // MARK: Remarks

  /// Writes a remark or progress to stderr, which is no part of the result.
  func note(_ text: String) {
    StandardStream.error.write(Characters.line(text) + "\n")
  }

  /// Shows the server's warnings.
  func note(warnings: [String]) {
    for warning in warnings { note("warning: \(warning)") }
  }

  /// Proto3 JSON on one line, with every field; nothing in it controls a terminal.
  static func json(_ message: some Message) throws -> String {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    return Characters.json(try message.jsonString(options: options))
  }
}

/// A change that a call made, or would make without `--validate-only`.
struct Deed: Sendable {
  static let nothingChanged = "--validate-only: nothing is changed"

  /// Completes "would": `delete component cart`.
  private let would: String
  /// The sentence after it was done; empty where the details suffice.
  private let done: String
  /// The new state.
  private let details: String

  init(_ would: String, done: String = "", details: String = "") {
    self.would = would
    self.done = done
    self.details = details
  }

  /// For stdout.
  func text(isCheck: Bool) -> String {
    if isCheck { return "would \(Table.printable(would)) (\(Self.nothingChanged))\n" + details }
    return (done.isEmpty ? "" : Table.printable(done) + "\n") + details
  }
}
