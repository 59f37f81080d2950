/// An event of the parser, in the order of the text.
enum YAMLEvent {
  /// The anchor and the tag before a node.
  struct Properties {
    var anchor: String?
    var tag: String?
  }

  case documentStart
  case documentEnd
  case streamEnd
  case alias(String)
  /// - Parameter isPlain: whether it has no quotes, and is not a block.
  case scalar(String, isPlain: Bool, Properties)
  case sequenceStart(Properties)
  case sequenceEnd
  case mappingStart(Properties)
  case mappingEnd
}

/// An event and its place.
struct YAMLToken {
  var event: YAMLEvent
  var start: YAMLPosition
  var end: YAMLPosition
}
