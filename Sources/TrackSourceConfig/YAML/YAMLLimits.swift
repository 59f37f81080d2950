/// How much of a document is read. What goes beyond is refused when it is met, so that the cost of
/// hostile documents is bounded by these numbers, not by what they would expand to.
struct YAMLLimits: Sendable {
  /// Of the whole text.
  var bytes = 1 << 20
  /// Keys apart; the target of an alias counts again each time.
  var nodes = 10_000
  /// Of collections in each other.
  var depth = 50
  /// Of all scalars and keys; the target of an alias counts again each time.
  var textBytes = 2 << 20
  /// In code points.
  var keyLength = 128
  /// Lines that look like directives, for which libyaml takes quadratic time.
  var directives = 100
  /// Keys that repeat: beyond it they are not told.
  var problems = 100
}
