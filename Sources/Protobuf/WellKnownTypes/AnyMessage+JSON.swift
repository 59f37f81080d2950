extension AnyMessage {
  /// `{"@type": url, ...}` with the members of the message held, or for a well-known type its JSON
  /// as the member `value`.
  public init(json reader: inout JSONReader) throws(JSONDecodingError) {
    self.init()
    var ahead = reader
    guard let url = try Self.typeURL(&ahead) else {
      try reader.beginObject()
      guard try reader.nextName() == nil else { throw reader.failure("'@type' is missing") }
      return
    }
    guard let type = reader.options.types.type(url: url) else {
      throw reader.failure("the type '\(url)' is unknown")
    }
    typeUrl = url
    value = try Self.content(type, &reader)
  }

  /// The member `@type`, wherever it stands.
  private static func typeURL(_ reader: inout JSONReader) throws(JSONDecodingError) -> String? {
    try reader.beginObject()
    while let name = try reader.nextName() {
      if name == "@type" { return try reader.string() }
      try reader.skipValue()
    }
    return nil
  }

  private static func content<M: Message>(
    _ type: M.Type, _ reader: inout JSONReader
  ) throws(JSONDecodingError) -> [UInt8] {
    reader.expectType()
    guard type is any WellKnownJSON.Type else { return try M(json: &reader).serialized() }
    var message: M?
    try reader.beginObject()
    while let name = try reader.nextName() {
      guard name == "value" else {
        try reader.skipUnknown(name)
        continue
      }
      guard message == nil else { throw reader.duplicateKey() }
      message = try M(json: &reader)
    }
    guard let message else { throw reader.failure("'value' is missing") }
    return message.serialized()
  }

  public func write(json writer: inout JSONWriter) throws(JSONEncodingError) {
    guard !typeUrl.isEmpty || !value.isEmpty else {
      writer.beginObject()
      writer.endObject()
      return
    }
    guard let type = writer.options.types.type(url: typeUrl) else {
      throw JSONEncodingError(reason: "the type '\(typeUrl)' is unknown")
    }
    try writeContent(type, to: &writer)
  }

  private func writeContent<M: Message>(
    _ type: M.Type, to writer: inout JSONWriter
  ) throws(JSONEncodingError) {
    let message: M
    do {
      message = try M(serialized: value)
    } catch {
      throw JSONEncodingError(reason: "the content of an Any: \(error)")
    }
    writer.announceType(typeUrl)
    if type is any WellKnownJSON.Type {
      writer.beginObject()
      writer.key("value")
      try writer.message(message)
      writer.endObject()
    } else {
      try writer.message(message)
    }
  }
}
