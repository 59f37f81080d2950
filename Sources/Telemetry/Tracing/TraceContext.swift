/// The place of a piece of work in a trace, as it goes from one process to the next.
public struct TraceContext: Sendable, Hashable {
  /// 128 bits that the work of a trace has in common; not zero.
  public let traceHigh: UInt64
  public let traceLow: UInt64
  /// The span that the next piece of work belongs to; not zero.
  public let spanID: UInt64
  /// Whether whoever began the trace records it.
  public let isSampled: Bool

  /// Nil for identifiers that mean nothing.
  public init?(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, isSampled: Bool) {
    guard traceHigh | traceLow != 0, spanID != 0 else { return nil }
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.spanID = spanID
    self.isSampled = isSampled
  }

  init(unchecked traceHigh: UInt64, _ traceLow: UInt64, _ spanID: UInt64, _ isSampled: Bool) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.spanID = spanID
    self.isSampled = isSampled
  }

  /// The trace's identifier: 32 digits.
  public var traceID: String { Self.hex(traceHigh) + Self.hex(traceLow) }

  // MARK: W3C

  /// Reads a `traceparent`; nil for what is none.
  ///
  /// Source: W3C Trace Context section 3.2. Of versions that are not known yet the beginning is
  /// read, as it asks.
  public init?(traceparent text: some Collection<UInt8>) {
    let text = Array(text)
    let dash = UInt8(ascii: "-")
    guard text.count >= 55, text[2] == dash, text[35] == dash, text[52] == dash,
      let version = Self.number(text[0..<2]), version != 0xFF,
      version == 0 ? text.count == 55 : text.count == 55 || text[55] == dash,
      let high = Self.number(text[3..<19]), let low = Self.number(text[19..<35]),
      let span = Self.number(text[36..<52]), let flags = Self.number(text[53..<55])
    else { return nil }
    self.init(traceHigh: high, traceLow: low, spanID: span, isSampled: flags & 1 == 1)
  }

  public var traceparent: String {
    "00-\(traceID)-\(Self.hex(spanID))-\(isSampled ? "01" : "00")"
  }

  private static func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Of lower-case digits alone, as the specification has them.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }

  // MARK: gRPC

  /// Reads the bytes of `grpc-trace-bin`; nil for what is none. Fields that are not known end it.
  ///
  /// Source: OpenCensus "BinaryEncoding"; gRFC A72.
  public init?(binary bytes: [UInt8]) {
    guard bytes.count >= 29, bytes[0] == 0, bytes[1] == 0, bytes[18] == 1, bytes[27] == 2 else {
      return nil
    }
    self.init(
      traceHigh: Self.word(bytes[2..<10]), traceLow: Self.word(bytes[10..<18]),
      spanID: Self.word(bytes[19..<27]), isSampled: bytes[28] & 1 == 1)
  }

  public var binary: [UInt8] {
    [0, 0] + Self.bytes(traceHigh) + Self.bytes(traceLow) + [1] + Self.bytes(spanID)
      + [2, isSampled ? 1 : 0]
  }

  /// The trace's identifier and the span's as bytes, as OTLP has them.
  public var traceBytes: [UInt8] { Self.bytes(traceHigh) + Self.bytes(traceLow) }
  public var spanBytes: [UInt8] { Self.bytes(spanID) }

  /// A span's identifier as OTLP has it.
  public static func bytes(_ word: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
