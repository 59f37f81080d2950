/// What the parser finds, in the order of the text.
enum YAMLEvent {
  /// What may stand before a node.
  struct Properties {
    var anchor: String?
    var tag: String?
  }

  case documentStart
  case documentEnd
  case streamEnd
  case alias(String)
  /// - Parameter isPlain: whether it stands without quotes, and not as a block.
  case scalar(String, isPlain: Bool, Properties)
  case sequenceStart(Properties)
  case sequenceEnd
  case mappingStart(Properties)
  case mappingEnd
}

/// An event and where it is.
struct YAMLToken {
  var event: YAMLEvent
  var start: YAMLPosition
  var end: YAMLPosition
}
