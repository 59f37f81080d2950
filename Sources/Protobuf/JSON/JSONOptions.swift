/// How JSON is read.
public struct JSONDecodingOptions: Sendable {
  /// Whether members without a field, and names of enum values that do not exist, are passed over
  /// instead of being errors.
  public var ignoresUnknownFields = false
  /// How deep objects and arrays may be nested.
  public var depth = 100
  /// How many elements the arrays and objects of the text may have together. A few bytes of text can
  /// ask for hundreds in memory.
  public var maxElements = Int.max
  /// Whether booleans may be strings, as the parameters of a URL are.
  public var takesStringsForBooleans = false
  /// The messages that a `google.protobuf.Any` may hold, beside the well-known types.
  public var types = TypeRegistry()

  public init() {}
}

/// How JSON is written.
public struct JSONEncodingOptions: Sendable {
  /// Whether fields without presence are written when they have their default.
  public var writesDefaults = false
  /// Whether members are named as in the .proto file rather than by `json_name`.
  public var usesProtoNames = false
  /// Whether enums are written as their numbers.
  public var writesEnumsAsNumbers = false
  /// The messages that a `google.protobuf.Any` may hold, beside the well-known types.
  public var types = TypeRegistry()

  public init() {}
}
