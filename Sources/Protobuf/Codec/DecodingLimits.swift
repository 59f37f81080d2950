/// What decoding one message may cost.
public struct DecodingLimits: Sendable, Hashable {
  /// How deep messages (and unknown groups) may be nested below the decoded one. 100, as in
  /// Google's implementations.
  public var depth: Int
  /// Bytes that the decoded forms, libprotobuf-c's structs and the Swift value's arrays together,
  /// may take while decoding. A few bytes on the wire can ask for hundreds: 4 MB of empty
  /// submessages would be a gigabyte.
  public var memory: Int

  public static let `default` = DecodingLimits(depth: 100, memory: 32 << 20)

  public init(depth: Int, memory: Int) {
    self.depth = depth
    self.memory = memory
  }
}
