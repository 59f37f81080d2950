/// What is wrong with a file of credentials; for the operator. Never a part of a credential.
public struct AccessFileFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  /// From 1; nil where the whole line is meant.
  public let column: Int?
  public let message: String

  public init(line: Int, column: Int? = nil, _ message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// To be put behind the path: `FILE:3:5: message`.
  public var description: String {
    "\(line)\(column.map { ":\($0)" } ?? ""): \(message)"
  }
}
