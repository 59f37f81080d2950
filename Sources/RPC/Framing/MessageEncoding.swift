/// One encoding of messages on the wire, as `grpc-encoding` names it (grpc/doc/compression.md). A
/// server that is given some takes messages in them, and answers in them where a handler asks for
/// it and the client lists them.
///
/// Called on the call's executor; must not wait.
public protocol MessageEncoding: Sendable {
  /// As `grpc-encoding` has it: `gzip`. Not `identity`.
  var name: String { get }

  /// The message that was encoded.
  ///
  /// - Parameters:
  ///   - bytes: the message as it came.
  ///   - limit: bytes that the message may have; looked at as it grows.
  func decode(_ bytes: RawSpan, limit: Int) throws(MessageEncodingError) -> [UInt8]

  /// A message in this encoding.
  func encode(_ message: RawSpan) -> [UInt8]
}

/// Why a message cannot be decoded.
public enum MessageEncodingError: Error, Sendable, Hashable {
  /// The bytes are not in that encoding: INTERNAL.
  case malformed
  /// The message would have more bytes than the limit: RESOURCE_EXHAUSTED.
  case tooLarge
}

/// An encoding as calls refer to it: nearly all have none, and a reference is quick to copy.
final class CallEncoding: Sendable {
  let encoding: any MessageEncoding

  init(_ encoding: any MessageEncoding) { self.encoding = encoding }
}

/// The encodings that a server has, identity aside.
struct MessageEncodings: Sendable {
  private let all: [CallEncoding]
  /// The value of `grpc-accept-encoding`; nil without any: identity goes without saying.
  let accepted: String?

  init(_ encodings: [any MessageEncoding]) {
    all = encodings.map { CallEncoding($0) }
    accepted =
      encodings.isEmpty
      ? nil : (["identity"] + encodings.map(\.name)).joined(separator: ",")
  }

  /// The encoding of that name; nil when there is none.
  func find(_ name: ArraySlice<UInt8>) -> CallEncoding? {
    all.first { name.elementsEqual($0.encoding.name.utf8) }
  }

  /// Whether a peer's `grpc-accept-encoding` lists an encoding.
  static func lists(_ accepted: ArraySlice<UInt8>, _ call: CallEncoding) -> Bool {
    accepted.split(separator: UInt8(ascii: ",")).contains { part in
      part.trimmingSpaces.elementsEqual(call.encoding.name.utf8)
    }
  }
}
