// A wrapper's JSON is that of its value.

extension DoubleValue {
  public init(_ value: Double) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.double())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension FloatValue {
  public init(_ value: Float) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.float())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension Int64Value {
  public init(_ value: Int64) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.int64())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension UInt64Value {
  public init(_ value: UInt64) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.uint64())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension Int32Value {
  public init(_ value: Int32) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.int32())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension UInt32Value {
  public init(_ value: UInt32) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.uint32())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension BoolValue {
  public init(_ value: Bool) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.bool())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension StringValue {
  public init(_ value: String) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.string())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}

extension BytesValue {
  public init(_ value: [UInt8]) {
    self.init()
    self.value = value
  }

  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init(try reader.bytes())
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    writer.value(value)
  }
}
