/// How far a header block is over a limit.
///
/// Its size is the sum of name + value + 32 over its fields (RFC 9113 section 6.5.2), as far as it
/// was decoded.
public struct HeaderListExcess: Sendable, Equatable {
  /// Which limit it is.
  public enum Limit: UInt8, Sendable {
    /// `HTTP2Limits.maxHeaderListBytes`.
    case bytes
    /// `HTTP2Limits.softHeaderListBytes`; others of the same size may pass.
    case softBytes
    /// `HTTP2Limits.maxHeaderFields`.
    case fields
  }

  public let limit: Limit
  /// The block's bytes, or its fields.
  public let size: Int32
  /// What is allowed.
  public let allowed: Int32
  /// It came behind another block of its stream.
  public let isTrailers: Bool

  init(_ limit: Limit, size: Int, allowed: Int, isTrailers: Bool) {
    self.limit = limit
    self.size = Int32(clamping: size)
    self.allowed = Int32(clamping: allowed)
    self.isTrailers = isTrailers
  }
}

extension HeaderListExcess: CustomStringConvertible {
  /// `the header list has 9000 bytes and the limit is 8192`
  public var description: String {
    let unit = limit == .fields ? "fields" : "bytes"
    return "the header list has \(size) \(unit) and the limit is \(allowed)"
  }
}
