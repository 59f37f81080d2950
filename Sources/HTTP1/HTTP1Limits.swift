import Wire

/// What one request may cost, with finite defaults.
public struct HTTP1Limits: Sendable, Equatable {
  /// Bytes of a head: the sum of name + value + 32 over its fields and over method and target,
  /// which are fields in HTTP/2 (RFC 9113 section 6.5.2). Trailers may have as many again.
  public var maxHeaderListBytes = 16 * 1024
  /// Bytes of a head, or of trailers, that are always taken; as `HTTP2Limits.softHeaderListBytes`.
  public var softHeaderListBytes: Int?
  public var maxHeaderFields = 100
  /// Bytes of a request target.
  public var maxTargetBytes = 8 * 1024
  /// Bytes of the line that begins a chunk: its size and its extensions.
  public var maxChunkLineBytes = 256
  /// Bytes around the chunks of one body beyond those that honest chunks need: 16 for each, and two
  /// for each byte of data.
  public var maxChunkOverheadBytes = 16 * 1024

  var headerList: HeaderListLimit {
    HeaderListLimit(softBytes: softHeaderListBytes, hardBytes: maxHeaderListBytes)
  }

  public init() {}
}
