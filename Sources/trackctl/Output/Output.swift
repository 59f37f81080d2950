import EventLoop
import Protobuf

/// What commands write to stdout: a table for people, or JSON for programs.
struct Output: Sendable {
  let format: OutputFormat
  /// Nothing is done, only checked: no text may claim that something was.
  let isCheck: Bool
  /// How wide tables may be, in columns.
  let width: Int

  /// As wide as a table is where nobody says how wide it may be.
  static let standardWidth = 80

  init(format: OutputFormat, isCheck: Bool, environment: [String: String]) {
    self.format = format
    self.isCheck = isCheck
    width = Self.width(environment: environment, terminal: StandardStream.output.columns)
  }

  /// What COLUMNS says, else what the terminal does, if there is one.
  static func width(environment: [String: String], terminal: Int?) -> Int {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    return terminal ?? standardWidth
  }

  var isJSON: Bool { format == .json }

  // MARK: What is

  /// The response as it is, or what people are to see of it.
  func show(_ response: some Message, _ text: () -> String) throws {
    if isCheck { return try show(response, Deed("do what follows", details: text())) }
    StandardStream.output.write(isJSON ? try Self.json(response) + "\n" : Characters.lines(text()))
  }

  /// The response as it is, or a file: to the byte, unless a terminal shows it.
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

  /// A table as it fits, to be part of a text; says on stderr what that takes away.
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

  // MARK: What is done

  /// The response to a call that changes something, and what it has done or would do. Every command
  /// that has `--validate-only` tells its result by this: what is only checked is told in the
  /// conditional, and on stderr too, where `-o json` has the response that the call itself would
  /// get.
  func show(_ response: some Message, _ deed: @autoclosure () -> Deed) throws {
    if isJSON {
      StandardStream.output.write(try Self.json(response) + "\n")
      if isCheck { note(Deed.nothingChanged) }
    } else {
      StandardStream.output.write(Characters.lines(deed().text(isCheck: isCheck)))
    }
  }

  // MARK: Remarks

  /// Something that is no part of the result: a remark, progress. For stderr.
  func note(_ text: String) {
    StandardStream.error.write(Characters.line(text) + "\n")
  }

  /// What the server warns of, beside the result.
  func note(warnings: [String]) {
    for warning in warnings { note("warning: \(warning)") }
  }

  /// Proto3 JSON on one line, with every field; nothing in it steers a terminal.
  static func json(_ message: some Message) throws -> String {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    return Characters.json(try message.jsonString(options: options))
  }
}

/// What a call has changed, or would change if it were not for `--validate-only`.
struct Deed: Sendable {
  static let nothingChanged = "--validate-only: nothing is changed"

  /// Completes "would": `delete component cart`.
  private let would: String
  /// What is said once it is done; empty where the details say it all.
  private let done: String
  /// What there is then, or would be.
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
