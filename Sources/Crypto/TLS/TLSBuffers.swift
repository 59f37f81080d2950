/// Ciphertext that came from the other side and that a session takes from its front.
public struct TLSInput {
  public var bytes: [UInt8]
  /// Of `bytes`; what is not taken yet.
  public var range: Range<Int> = 0..<0

  /// - Parameter size: the most bytes at once.
  public init(size: Int) { bytes = [UInt8](repeating: 0, count: size) }

  public var isEmpty: Bool { range.isEmpty }
}

/// Room for the ciphertext of a session.
public struct TLSOutput {
  /// The most bytes that one record of 16 KiB and its envelope take, and a few small records.
  public static let recordRoom = (16 << 10) + 1024

  public var bytes: [UInt8]
  /// How many of `bytes` have been written.
  public var count = 0

  public init(size: Int) { bytes = [UInt8](repeating: 0, count: size) }

  public var room: Int { bytes.count - count }
}
