/// A text that is not a valid document, or exceeds a limit.
struct YAMLError: Error, Sendable {
  var position: YAMLPosition
  var message: String
}

/// A place in a text.
struct YAMLPosition: Sendable, Hashable {
  /// From 1.
  var line: Int
  /// In code points, from 1.
  var column: Int
  /// In code points, from 0.
  var offset: Int

  static var start: YAMLPosition { YAMLPosition(line: 1, column: 1, offset: 0) }
}
