/// Options for reading JSON.
public struct JSONDecodingOptions: Sendable {
  /// Whether to skip members without a field and unknown names of enum values; otherwise they are
  /// errors.
  public var ignoresUnknownFields = false
  /// How deep objects and arrays may be nested.
  public var depth = 100
  /// The most elements of all arrays and objects of the text together. A few bytes of text can ask
  /// for hundreds in memory.
  public var maxElements = Int.max
  /// Whether booleans may be strings, as in the parameters of a URL.
  public var takesStringsForBooleans = false
  /// The message types that a `google.protobuf.Any` may hold, besides the well-known ones.
  public var types = TypeRegistry()

  public init() {}
}

/// Options for writing JSON.
public struct JSONEncodingOptions: Sendable {
  /// Whether fields without presence are written when they have their default.
  public var writesDefaults = false
  /// Whether members are named as in the .proto file rather than by `json_name`.
  public var usesProtoNames = false
  /// Whether enums are written as their numbers.
  public var writesEnumsAsNumbers = false
  /// The message types that a `google.protobuf.Any` may hold, besides the well-known ones.
  public var types = TypeRegistry()

  public init() {}
}
