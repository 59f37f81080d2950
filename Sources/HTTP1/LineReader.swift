/// Collects one line from pieces of any size. Only CR and LF together end a line (RFC 9112 section
/// 2.2): whoever takes one of them for an end sees other requests than we do.
struct LineReader: Sendable {
  enum Outcome: Equatable {
    case incomplete
    /// `line` is whole.
    case line
    case tooLong
    case fault(HTTP1Fault)
  }

  /// Without its end.
  private(set) var line: [UInt8] = []
  private var hasReturn = false
  private var isComplete = false

  /// - Parameter limit: bytes that the line may have.
  mutating func read(
    _ input: Span<UInt8>, _ position: inout Int, limit: Int
  ) -> Outcome {
    if isComplete {
      line.removeAll(keepingCapacity: true)
      isComplete = false
    }
    while position < input.count {
      let byte = input[position]
      switch byte {
      case UInt8(ascii: "\n"):
        guard hasReturn else { return .fault(.bareLF) }
        position += 1
        hasReturn = false
        isComplete = true
        return .line
      case _ where hasReturn: return .fault(.bareCR)
      case UInt8(ascii: "\r"): hasReturn = true
      case _ where line.count >= limit: return .tooLong
      default: line.append(byte)
      }
      position += 1
    }
    return .incomplete
  }

  /// Frees the memory.
  mutating func release() { self = LineReader() }
}
