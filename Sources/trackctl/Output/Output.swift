import EventLoop
import Protobuf

/// What commands write to stdout: a table for people, or JSON for programs.
struct Output: Sendable {
  let isJSON: Bool

  /// The response as it is, or what people are to see of it.
  func show(_ response: some Message, _ text: () -> String) throws {
    StandardStream.output.write(isJSON ? try Self.json(response) + "\n" : text())
  }

  func show(_ response: some Message, table: () -> Table) throws {
    try show(response) { table().text }
  }

  /// Something that is no part of the result: a remark, progress. For stderr.
  func note(_ text: String) {
    StandardStream.error.write(Table.printable(text) + "\n")
  }

  /// What the server warns of, beside the result.
  func note(warnings: [String]) {
    for warning in warnings { note("warning: \(warning)") }
  }

  /// Proto3 JSON on one line, with every field.
  static func json(_ message: some Message) throws -> String {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    return try message.jsonString(options: options)
  }
}
