import Wire

/// The header blocks of replies. The blocks of the common case are constants.
enum ResponseBlocks {
  /// The response's header block without metadata.
  static let headers = ([":status": "200", "content-type": "application/grpc"] as HeaderFields)
    .keptForEver()
  /// The trailers of a call that succeeded, without metadata.
  static let okTrailers = (["grpc-status": "0"] as HeaderFields).keptForEver()

  /// - Parameter encodings: what the server takes, which clients are to know.
  static func headers(_ metadata: Metadata?, _ encodings: MessageEncodings) -> HeaderFields {
    guard let metadata else { return encodings.responseHeaders }
    var block = encodings.responseHeaders
    metadata.append(to: &block)
    return block
  }

  static func trailers(_ status: RPCError?, _ metadata: Metadata?, limit: Int) -> HeaderFields {
    // Matched, because a comparison with nil copies the status.
    if case .none = status, case .none = metadata { return okTrailers }
    var block = HeaderFields()
    appendTrailers(to: &block, status, metadata, limit: limit)
    return block
  }

  /// The one block of a reply that has no messages.
  static func trailersOnly(_ status: RPCError?, _ metadata: Metadata?, limit: Int) -> HeaderFields {
    if case .none = metadata, let block = status?.block?.fields(limit: limit) { return block }
    var block = headers
    appendTrailers(to: &block, status, metadata, limit: limit)
    return block
  }

  /// A reply without gRPC framing.
  static func http(status: Int, _ fields: HeaderFields = HeaderFields()) -> HeaderFields {
    var block: HeaderFields = [":status": "\(status)"]
    for field in fields where fields.bytes[field.name].first != UInt8(ascii: ":") {
      block.append(fields.bytes[field.name], fields.bytes[field.value])
    }
    return block
  }

  /// Clients bound the trailers they take (often 8 KiB), and drop the status with them. So a
  /// status that would take more than `limit` loses its details first, then the message's end.
  private static func appendTrailers(
    to block: inout HeaderFields, _ status: RPCError?, _ metadata: Metadata?, limit: Int
  ) {
    block.append("grpc-status", "\(status?.code.rawValue ?? 0)")
    if let status {
      var room = limit
      if !status.message.isEmpty {
        let message = truncated(PercentEncoding.encode(status.message), to: room)
        block.append("grpc-message".utf8, message)
        room -= message.count
      }
      if !status.details.isEmpty {
        let details = Base64.metadata.encode(StatusDetails.encode(status))
        if details.count <= room { block.append("grpc-status-details-bin".utf8, details) }
      }
      if let pushback = status.pushbackMilliseconds {
        block.append("grpc-retry-pushback-ms", "\(pushback)")
      }
      status.metadata.append(to: &block)
    }
    metadata?.append(to: &block)
  }

  /// Cuts percent-encoded text without cutting an escape.
  private static func truncated(_ text: [UInt8], to limit: Int) -> ArraySlice<UInt8> {
    guard text.count > limit else { return text[...] }
    var cut = text.prefix(limit)
    if let escape = cut.suffix(2).lastIndex(of: UInt8(ascii: "%")) { cut = cut[..<escape] }
    return cut
  }
}
