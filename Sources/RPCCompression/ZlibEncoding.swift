import EventLoop
public import RPC

/// `gzip` (RFC 1952) and `deflate`, which is zlib's format (RFC 1950), as gRPC's compression.md
/// names them. Any thread.
///
///     RPCServer(..., encodings: ZlibEncoding.all)
public final class ZlibEncoding: MessageEncoding {
  /// Both, at the standard level: the encodings that every gRPC implementation has.
  public static let all: [any MessageEncoding] = [ZlibEncoding.gzip(), ZlibEncoding.deflate()]

  /// Fast, and good enough for messages, which are small and read once.
  public static let standardLevel = 1

  public static func gzip(level: Int = standardLevel) -> ZlibEncoding {
    ZlibEncoding("gzip", bits: 31, level: level)
  }

  public static func deflate(level: Int = standardLevel) -> ZlibEncoding {
    ZlibEncoding("deflate", bits: 15, level: level)
  }

  public let name: String
  private let deflaters: Shelf<Deflater>
  private let inflaters: Shelf<Inflater>

  /// - Parameter level: from 1, the fastest, to 9, the smallest.
  private init(_ name: String, bits: Int32, level: Int) {
    precondition((1...9).contains(level), "zlib's levels are 1 to 9")
    self.name = name
    deflaters = Shelf { Deflater(level: Int32(level), bits: bits) }
    inflaters = Shelf { Inflater(bits: bits) }
  }

  public func encode(_ message: RawSpan) -> [UInt8] {
    deflaters.lend { $0.deflate(message) }
  }

  /// A message that grows beyond 1 MiB may have 256 times the bytes that came: no text that means
  /// anything has more, and the format allows a bomb 1,032 times as many.
  public func decode(_ bytes: RawSpan, limit: Int) throws(MessageEncodingError) -> [UInt8] {
    let ratioBound = max(1 << 20, 256 * bytes.byteCount)
    return try inflaters.lend { (inflater) throws(MessageEncodingError) in
      try inflater.inflate(bytes, limit: min(limit, ratioBound))
    }
  }
}

/// Streams of zlib that nobody uses just now: making one costs more than a small message. Any
/// thread.
private final class Shelf<Stream: AnyObject & Sendable>: Sendable {
  /// Idle streams that are kept. A deflater has 256 KiB.
  private static var limit: Int { 16 }

  private let make: @Sendable () -> Stream
  private let lock = Lock()
  /// Guarded by `lock`.
  nonisolated(unsafe) private var idle: [Stream] = []

  init(_ make: @escaping @Sendable () -> Stream) { self.make = make }

  func lend<Result, Failure: Error>(
    _ body: (Stream) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let stream = lock.withLock { unsafe idle.popLast() } ?? make()
    defer {
      lock.withLock { if unsafe idle.count < Self.limit { unsafe idle.append(stream) } }
    }
    return try body(stream)
  }
}
