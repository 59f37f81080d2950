import Wire

/// The one header block of a reply that is a status and nothing else, encoded once; nothing of it is
/// cut.
final class StatusBlock: Sendable {
  private let fields: HeaderFields
  /// Bytes of all values: no fewer than those of message and details, which servers have a limit
  /// for.
  private let size: Int

  init(_ status: RPCError) {
    fields = ResponseBlocks.trailersOnly(status, nil, limit: .max)
    size = fields.reduce(0) { $0 + $1.value.count }
  }

  /// Bytes of the block.
  var byteCount: Int { fields.bytes.count }

  /// The block, unless something has to be cut off it.
  func fields(limit: Int) -> HeaderFields? { size <= limit ? fields : nil }
}
