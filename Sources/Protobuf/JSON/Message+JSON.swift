extension Message {
  /// Reads the proto3 JSON form (protobuf.dev/programming-guides/json). Members may have their JSON
  /// name or their proto name; unknown and duplicate members are errors.
  public init(
    jsonUTF8 bytes: [UInt8], options: JSONDecodingOptions = .init()
  ) throws(JSONDecodingError) {
    var reader = JSONReader(bytes, options: options)
    self = try Self(json: &reader)
    try reader.end()
  }

  public init(
    jsonString text: String, options: JSONDecodingOptions = .init()
  ) throws(JSONDecodingError) {
    try self.init(jsonUTF8: Array(text.utf8), options: options)
  }

  /// The proto3 JSON form, in UTF-8. Throws where there is none: a time out of range, a path of a
  /// `FieldMask` that is not in snake case, an `Any` of an unknown type.
  public func jsonUTF8(options: JSONEncodingOptions = .init()) throws(JSONEncodingError) -> [UInt8]
  {
    var writer = JSONWriter(options: options)
    try writer.message(self)
    return writer.bytes
  }

  public func jsonString(
    options: JSONEncodingOptions = .init()
  ) throws(JSONEncodingError) -> String {
    String(decoding: try jsonUTF8(options: options), as: UTF8.self)
  }
}
