// JSON's own objects, arrays and values.

extension Struct {
  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init()
    try reader.entries { (key, reader) throws(JSONDecodingError) in
      guard self.fields[key] == nil else { throw reader.duplicateKey() }
      self.fields[key] = try Value(json: &reader)
    }
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.beginObject()
    for (key, value) in sorted(fields) {
      writer.key(key)
      try writer.message(value)
    }
    writer.endObject()
  }
}

extension ListValue {
  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init()
    try reader.elements { (reader) throws(JSONDecodingError) in
      self.values.append(try Value(json: &reader))
    }
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.beginArray()
    for value in values { try writer.message(value) }
    writer.endArray()
  }
}

extension Value {
  public init(_ kind: Kind) {
    self.init()
    self.kind = kind
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    switch reader.scanner.peek() {
    case UInt8(ascii: "{"): self.init(.structValue(try Struct(json: &reader)))
    case UInt8(ascii: "["): self.init(.listValue(try ListValue(json: &reader)))
    case UInt8(ascii: "\""): self.init(.stringValue(try reader.string()))
    case UInt8(ascii: "t"), UInt8(ascii: "f"): self.init(.boolValue(try reader.bool()))
    case UInt8(ascii: "n"):
      guard reader.scanner.take("null") else { throw reader.failure("a value expected") }
      self.init(.nullValue(.nullValue))
    default: self.init(.numberValue(try reader.double()))
    }
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    switch kind {
    case .nullValue, nil: writer.null()
    case .numberValue(let number):
      guard number.isFinite else {
        throw JSONEncodingError(reason: "a Value that is infinite or no number")
      }
      writer.value(number)
    case .stringValue(let string): writer.value(string)
    case .boolValue(let bool): writer.value(bool)
    case .structValue(let value): try writer.message(value)
    case .listValue(let list): try writer.message(list)
    }
  }
}
