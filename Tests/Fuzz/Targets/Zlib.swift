import RPC
import RPCCompression

extension FuzzTarget {
  /// Decompression of any bytes keeps to its limit; what was compressed comes back.
  static let zlib = FuzzTarget(name: "zlib", maxLength: 4000) { bytes in
    var input = FuzzInput(bytes)
    let limit = input.pick([0, 1, 1000, 1 << 16, 1 << 22])
    let text = input.remainder()
    for encoding in Self.encodings {
      if let decoded = Self.decode(text, encoding, limit) {
        check(decoded.count <= limit, "\(decoded.count) bytes, and the limit is \(limit)")
        check(
          Self.decode(text, encoding, decoded.count) == decoded, "exactly the limit is allowed")
        if !decoded.isEmpty {
          check(
            Self.fault(text, encoding, decoded.count - 1) == .tooLarge, "one byte more is too large"
          )
        }
        check(Self.fault(text + [0], encoding, limit) == .malformed, "nothing may follow the end")
      }
      let encoded = unsafe encoding.encode(text.span.bytes)
      check(Self.decode(encoded, encoding, text.count) == text, "what was compressed comes back")
      check(
        Self.fault(Array(encoded.dropLast()), encoding, text.count) == .malformed,
        "a part is not the whole")
    }
  }

  private static let encodings: [any MessageEncoding] = ZlibEncoding.all

  private static func decode(
    _ bytes: [UInt8], _ encoding: any MessageEncoding, _ limit: Int
  ) -> [UInt8]? {
    try? unsafe encoding.decode(bytes.span.bytes, limit: limit)
  }

  private static func fault(
    _ bytes: [UInt8], _ encoding: any MessageEncoding, _ limit: Int
  ) -> MessageEncodingError? {
    do throws(MessageEncodingError) {
      _ = try unsafe encoding.decode(bytes.span.bytes, limit: limit)
      return nil
    } catch {
      return error
    }
  }
}
