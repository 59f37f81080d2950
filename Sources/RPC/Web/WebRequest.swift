import Wire

/// What all protocols on plain HTTP look at in a request's header block.
struct WebRequest {
  let fields: HeaderFields
  let method: ArraySlice<UInt8>
  /// Without its query.
  let path: ArraySlice<UInt8>
  /// Nil without a question mark.
  let query: ArraySlice<UInt8>?
  /// The media type in lower case, without parameters; empty where there is none.
  let contentType: String

  init(_ fields: HeaderFields) {
    self.fields = fields
    method = fields.value(":method") ?? []
    let target = fields.value(":path") ?? []
    let mark = target.firstIndex(of: UInt8(ascii: "?"))
    path = target[..<(mark ?? target.endIndex)]
    query = mark.map { target[($0 + 1)...] }
    let type = (fields.value("content-type") ?? []).prefix { $0 != UInt8(ascii: ";") }
    contentType = String(decoding: type.trimmingSpaces, as: UTF8.self).lowercased()
  }

  func text(_ name: StaticString) -> String? {
    fields.value(name).map { String(decoding: $0.trimmingSpaces, as: UTF8.self) }
  }

  /// The content coding that a field names; nil for identity, or without the field.
  func encoding(_ name: StaticString) -> String? {
    guard let name = text(name)?.lowercased(), !name.isEmpty, name != "identity" else { return nil }
    return name
  }

  /// The header block of the same request in gRPC.
  ///
  /// - Parameters:
  ///   - own: fields that take the place of the request's.
  ///   - isDropped: further names that the request's protocol gives a meaning to.
  func translated(
    _ own: HeaderFields, isDropped: (Span<UInt8>) -> Bool = { _ in false }
  ) -> HeaderFields {
    let span = fields.bytes.span
    var block = HeaderFields()
    var rest = HeaderFields()
    for field in fields {
      let name = span.extracting(field.name)
      let value = span.extracting(field.value)
      if name.equals("content-type") || name.equals("content-length") || isDropped(name) {
        continue
      }
      if name.starts(with: ":") {
        if own.value(named: name) == nil { block.append(name, value) }
      } else {
        rest.append(name, value)
      }
    }
    let ownSpan = own.bytes.span
    for field in own where ownSpan.extracting(field.name).starts(with: ":") {
      block.append(ownSpan.extracting(field.name), ownSpan.extracting(field.value))
    }
    block.append("content-type", "application/grpc")
    for field in own where !ownSpan.extracting(field.name).starts(with: ":") {
      block.append(ownSpan.extracting(field.name), ownSpan.extracting(field.value))
    }
    rest.appendAll(to: &block)
    return block
  }
}

extension HeaderFields {
  fileprivate func value(named name: Span<UInt8>) -> Range<Int>? {
    let span = bytes.span
    for field in self where span.extracting(field.name).equals(name) { return field.value }
    return nil
  }

  func appendAll(to block: inout HeaderFields) {
    let span = bytes.span
    for field in self { block.append(span.extracting(field.name), span.extracting(field.value)) }
  }
}
