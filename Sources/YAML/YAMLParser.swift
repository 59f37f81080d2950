import CYAML

/// Turns text into events, one at a time, with libyaml. Confined to one thread at a time.
///
/// A parser that has thrown cannot be used any more.
@safe struct YAMLParser: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// libyaml reads from it while parsing.
  private let input: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter text: UTF-8 without a byte order mark; see `YAMLText`.
  init(_ text: [UInt8]) throws(YAMLError) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    // 0: no memory; libyaml has freed what it had allocated.
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      unsafe parser.deallocate()
      throw Self.noMemory
    }
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(text.count, 1))
    _ = unsafe input.update(fromContentsOf: text)
    unsafe self.parser = unsafe parser
    unsafe self.input = unsafe input
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, input.baseAddress, text.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe input.deallocate()
  }

  /// The next event; skips the start of the stream. Not called after its end.
  mutating func next() throws(YAMLError) -> YAMLToken {
    while true {
      var event = unsafe yaml_event_t()
      // 0: no event; the parser holds the error.
      guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure }
      defer { unsafe yaml_event_delete(&event) }
      if let found = unsafe Self.event(event) {
        return unsafe YAMLToken(
          event: found, start: YAMLPosition(event.start_mark), end: YAMLPosition(event.end_mark))
      }
    }
  }

  // MARK: Events

  private static func event(_ event: yaml_event_t) -> YAMLEvent? {
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT: .documentStart
    case YAML_DOCUMENT_END_EVENT: .documentEnd
    case YAML_STREAM_END_EVENT: .streamEnd
    case YAML_ALIAS_EVENT: unsafe .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT: unsafe scalar(event.data.scalar)
    case YAML_SEQUENCE_START_EVENT:
      unsafe .sequenceStart(
        properties(event.data.sequence_start.anchor, event.data.sequence_start.tag))
    case YAML_SEQUENCE_END_EVENT: .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      unsafe .mappingStart(
        properties(event.data.mapping_start.anchor, event.data.mapping_start.tag))
    case YAML_MAPPING_END_EVENT: .mappingEnd
    default: nil
    }
  }

  private static func scalar(_ data: yaml_event_t.__Unnamed_union_data.__Unnamed_struct_scalar)
    -> YAMLEvent
  {
    let bytes = unsafe UnsafeBufferPointer(start: data.value, count: data.length)
    return unsafe .scalar(
      String(decoding: bytes, as: UTF8.self), isPlain: data.style == YAML_PLAIN_SCALAR_STYLE,
      properties(data.anchor, data.tag))
  }

  private static func properties(
    _ anchor: UnsafePointer<UInt8>?, _ tag: UnsafePointer<UInt8>?
  ) -> YAMLEvent.Properties {
    unsafe YAMLEvent.Properties(anchor: text(anchor), tag: text(tag))
  }

  /// Anchors and tags: libyaml ends them with a NUL.
  private static func text(_ pointer: UnsafePointer<UInt8>?) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe String(cString: pointer)
  }

  // MARK: Failures

  private static var noMemory: YAMLError {
    YAMLError(position: .start, message: "cannot be read: out of memory")
  }

  private var failure: YAMLError {
    if unsafe parser.pointee.error == YAML_MEMORY_ERROR { return Self.noMemory }
    let position = unsafe YAMLPosition(parser.pointee.problem_mark)
    if firstByte(at: position.offset) == UInt8(ascii: "\t") {
      return YAMLError(position: position, message: "has a tab where YAML allows spaces only")
    }
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) }
    return YAMLError(position: position, message: "is not YAML: \(problem ?? "unreadable")")
  }

  /// The first byte of the character at a mark. Marks count characters.
  private func firstByte(at offset: Int) -> UInt8? {
    var position = 0
    for index in unsafe input.indices {
      let byte = unsafe input[index]
      // The bytes that continue a character begin with the bits 10.
      if byte & 0xC0 == 0x80 { continue }
      if position == offset { return byte }
      position += 1
    }
    return nil
  }
}

extension YAMLPosition {
  fileprivate init(_ mark: yaml_mark_t) {
    self.init(
      line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1,
      offset: Int(clamping: mark.index))
  }
}
