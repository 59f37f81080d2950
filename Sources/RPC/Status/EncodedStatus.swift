import Wire

/// How a call failed, with its header block encoded once, to end any number of calls: handlers
/// throw it in place of the `RPCError`.
public final class EncodedStatus: Error, Sendable {
  public let status: RPCError
  /// The one block of a reply without messages; nothing of it is cut.
  private let block: HeaderFields
  /// Bytes of its message and details, which servers have a limit for.
  private let size: Int

  public init(_ status: RPCError) {
    self.status = status
    block = ResponseBlocks.trailersOnly(status, nil, limit: .max)
    size = block.reduce(0) { $0 + $1.value.count }
  }

  /// Bytes that it keeps, about.
  public var byteCount: Int { 2 * block.bytes.count }

  /// The block, unless something has to be cut off it.
  func block(limit: Int) -> HeaderFields? { size <= limit ? block : nil }
}
