/// Bytes that are not a valid message, or exceed a limit.
public enum DecodingError: Error, Sendable, Hashable {
  /// Not protobuf: truncated, a field number of 0, a varint without end, an unmatched group, packed
  /// values that are not whole.
  case malformed
  /// A string field is not UTF-8.
  case invalidUTF8
  /// Messages or groups are nested deeper than `DecodingLimits.depth`.
  case tooDeep
  /// The decoded form would take more than `DecodingLimits.memory`, or the bytes are 2 GiB or more.
  case tooLarge
}

extension DecodingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed: "malformed protobuf"
    case .invalidUTF8: "a string field is not valid UTF-8"
    case .tooDeep: "messages are nested too deeply"
    case .tooLarge: "the decoded message would be too large"
    }
  }
}

/// The limits on the cost of decoding one message.
public struct DecodingLimits: Sendable, Hashable {
  /// How deep messages (and unknown groups) may be nested below the decoded one. 100, as in
  /// Google's implementations.
  public var depth: Int
  /// The most bytes that the decoded forms, libprotobuf-c's structs and the Swift value's arrays
  /// together, may take while decoding. A few bytes on the wire can ask for hundreds: 4 MB of empty
  /// submessages would be a gigabyte.
  public var memory: Int

  /// 100 deep, and 128 MiB: 32 times the largest message that gRPC takes by default. Enough for
  /// 4 MB of small submessages, which are ten to thirty times as large in memory.
  public static let `default` = DecodingLimits(depth: 100, memory: 128 << 20)

  public init(depth: Int, memory: Int) {
    self.depth = depth
    self.memory = memory
  }
}
