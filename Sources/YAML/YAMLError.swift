/// A text that is not a valid document, or exceeds a limit.
public struct YAMLError: Error, Sendable {
  public var position: YAMLPosition
  public var message: String

  public init(position: YAMLPosition, message: String) {
    self.position = position
    self.message = message
  }
}

/// A place in a text.
public struct YAMLPosition: Sendable, Hashable {
  /// From 1.
  public var line: Int
  /// In code points, from 1.
  public var column: Int
  /// In code points, from 0.
  public var offset: Int

  public init(line: Int, column: Int, offset: Int) {
    self.line = line
    self.column = column
    self.offset = offset
  }

  public static var start: YAMLPosition { YAMLPosition(line: 1, column: 1, offset: 0) }
}
