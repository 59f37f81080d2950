/// The 24 bytes that begin a client's half of a connection (RFC 9113 section 3.4), matched as they
/// come, in any pieces. Pure, and all that a server needs to keep until they are complete.
public struct ClientPreface: Sendable, Equatable {
  /// What a client sends first.
  public static let bytes: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  /// "PRI " is no method: a preface that goes on wrongly behind it is not HTTP/1.
  private static let methodBytes = 4

  private var matched: UInt8 = 0

  public init() {}

  /// One of which every byte has come.
  static let received: ClientPreface = {
    var preface = ClientPreface()
    preface.matched = UInt8(bytes.count)
    return preface
  }()

  /// How many of its bytes have come.
  public var count: Int { Int(matched) }
  public var isComplete: Bool { Int(matched) == Self.bytes.count }

  public enum Outcome: Equatable, Sendable {
    /// More of it has to come.
    case incomplete
    /// All of it has come; it took so many of these bytes.
    case complete(Int)
    /// The peer speaks something else.
    case foreign(HTTP2Error.PeerGuess)
  }

  /// Compares the next bytes.
  public mutating func match(_ bytes: RawSpan) -> Outcome {
    var count = 0
    while count < bytes.byteCount, !isComplete {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: count, as: UInt8.self)
      guard byte == Self.bytes[Int(matched)] else { return .foreign(guess(byte)) }
      matched += 1
      count += 1
    }
    return isComplete ? .complete(count) : .incomplete
  }

  /// The protocol of a peer whose next byte is not the preface's. A method may have small letters,
  /// and an empty line before a request is forgiven (RFC 9112 section 2.2).
  private func guess(_ byte: UInt8) -> HTTP2Error.PeerGuess {
    switch byte {
    case _ where Int(matched) >= Self.methodBytes: .unknown
    case _ where matched > 0, UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "\r"):
      .http1
    case 0x16: .tls
    default: .unknown
    }
  }
}
