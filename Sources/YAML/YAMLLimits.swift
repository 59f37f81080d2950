/// Limits on documents. Reading stops where a limit is exceeded, so that these numbers bound the
/// cost of hostile documents, not the size to which they would expand.
public struct YAMLLimits: Sendable {
  /// Of the whole text.
  public var bytes = 1 << 20
  /// Without keys; the target of an alias counts again each time.
  public var nodes = 10_000
  /// Of nested collections.
  public var depth = 50
  /// Of all scalars and keys; the target of an alias counts again each time.
  public var textBytes = 2 << 20
  /// In code points.
  public var keyLength = 128
  /// Lines that look like directives, for which libyaml needs quadratic time.
  public var directives = 100
  /// Repeated keys; further ones are not reported.
  public var problems = 100

  public init() {}
}
