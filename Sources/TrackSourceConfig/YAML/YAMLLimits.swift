/// Limits on documents. Reading stops where a limit is exceeded, so that these numbers bound the
/// cost of hostile documents, not the size to which they would expand.
struct YAMLLimits: Sendable {
  /// Of the whole text.
  var bytes = 1 << 20
  /// Without keys; the target of an alias counts again each time.
  var nodes = 10_000
  /// Of nested collections.
  var depth = 50
  /// Of all scalars and keys; the target of an alias counts again each time.
  var textBytes = 2 << 20
  /// In code points.
  var keyLength = 128
  /// Lines that look like directives, for which libyaml needs quadratic time.
  var directives = 100
  /// Repeated keys; further ones are not reported.
  var problems = 100
}
