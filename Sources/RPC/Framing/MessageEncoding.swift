import Wire

/// One encoding of messages on the wire, as `grpc-encoding` names it (grpc/doc/compression.md). A
/// server that is given some takes messages in them, and answers in them where a handler asks for
/// it and the client lists them.
///
/// Called on the call's executor, and on other threads for large messages; must not wait.
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

  /// Above it the work is done on another thread, since everything else on the loop would wait.
  static let largestOnLoop = 64 << 10

  /// Decodes a message on the loop.
  ///
  /// - Returns: nil when it is too large for the loop, though maybe not larger than `limit`.
  func decodeOnLoop(_ bytes: RawSpan, limit: Int) throws(MessageEncodingError) -> [UInt8]? {
    guard bytes.byteCount <= Self.largestOnLoop else { return nil }
    do {
      return try encoding.decode(bytes, limit: min(limit, Self.largestOnLoop))
    } catch {
      guard error == .tooLarge, limit > Self.largestOnLoop else { throw error }
      return nil
    }
  }

  /// Decodes a message on another thread.
  func decodeElsewhere(_ bytes: [UInt8], limit: Int) async throws -> [UInt8] {
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
      try bytes.withSpan(0..<bytes.count) { try self.encoding.decode($0, limit: limit) }
    }
  }

  /// The frame of the same message in this encoding, made on another thread.
  func encodeElsewhere(_ frame: [UInt8]) async -> [UInt8] {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      MessageFrame.encoded(frame, as: self.encoding)
    }
  }
}

/// The encodings that one side of calls has, identity aside.
struct MessageEncodings: Sendable {
  private let all: [CallEncoding]
  /// The value of `grpc-accept-encoding`; nil without any: identity goes without saying.
  let accepted: String?
  /// The header block of a response without metadata, with the names of the encodings.
  let responseHeaders: HeaderFields

  init(_ encodings: [any MessageEncoding]) {
    all = encodings.map { CallEncoding($0) }
    accepted =
      encodings.isEmpty
      ? nil : (["identity"] + encodings.map(\.name)).joined(separator: ",")
    var headers = ResponseBlocks.headers
    if let accepted { headers.append("grpc-accept-encoding", accepted) }
    responseHeaders = headers
  }

  var isEmpty: Bool { all.isEmpty }

  /// The encoding of that name; nil when there is none.
  func find(_ name: some Collection<UInt8>) -> CallEncoding? {
    all.first { name.elementsEqual($0.encoding.name.utf8) }
  }

  /// Whether a peer's `grpc-accept-encoding` lists an encoding.
  static func lists(_ accepted: ArraySlice<UInt8>, _ call: CallEncoding) -> Bool {
    accepted.split(separator: UInt8(ascii: ",")).contains { part in
      part.trimmingSpaces.elementsEqual(call.encoding.name.utf8)
    }
  }
}
