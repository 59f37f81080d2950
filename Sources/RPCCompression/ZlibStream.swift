import CZlib
import RPC

/// Compresses one message after the other.
///
/// `@unchecked Sendable`: one thread at a time uses it.
@safe final class Deflater: @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>

  init(level: Int32, bits: Int32) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let code = unsafe czlib_deflate_init(stream, level, bits)
    // Anything else than a lack of memory is a wrong argument.
    precondition(code == Z_OK, "zlib cannot compress: \(code)")
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  func deflate(_ message: RawSpan) -> [UInt8] {
    unsafe deflateReset(stream)
    let bound = Int(unsafe deflateBound(stream, UInt(message.byteCount)))
    return unsafe message.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
        unsafe stream.set(source)
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = UInt32(bound)
        let code = unsafe CZlib.deflate(stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "zlib's bound is one")
        count = unsafe bound - Int(stream.pointee.avail_out)
      }
    }
  }
}

/// Decompresses one message after the other.
///
/// `@unchecked Sendable`: one thread at a time uses it.
@safe final class Inflater: @unchecked Sendable {
  private let stream: UnsafeMutablePointer<z_stream>

  init(bits: Int32) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let code = unsafe czlib_inflate_init(stream, bits)
    precondition(code == Z_OK, "zlib cannot decompress: \(code)")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// - Parameter limit: bytes that the message may have; no more than one more are written.
  func inflate(_ bytes: RawSpan, limit: Int) throws(MessageEncodingError) -> [UInt8] {
    unsafe inflateReset(stream)
    let result: Result<[UInt8], MessageEncodingError> = unsafe bytes.withUnsafeBytes { source in
      unsafe stream.set(source)
      return inflateAll(limit: limit)
    }
    return try result.get()
  }

  private func inflateAll(limit: Int) -> Result<[UInt8], MessageEncodingError> {
    var message: [UInt8] = []
    var piece = min(limit + 1, max(512, 4 * Int(unsafe stream.pointee.avail_in)), Self.largestPiece)
    while true {
      let code = append(to: &message, atMost: piece)
      if message.count > limit { return .failure(.tooLarge) }
      if code == Z_STREAM_END {
        // Nothing may follow the end of the format.
        return unsafe stream.pointee.avail_in == 0 ? .success(message) : .failure(.malformed)
      }
      // Room is left, and yet the end has not come: the message was cut short.
      guard code == Z_OK, unsafe stream.pointee.avail_out == 0 else { return .failure(.malformed) }
      piece = min(limit + 1 - message.count, message.count, Self.largestPiece)
    }
  }

  /// What zlib's counters have room for, and then some.
  private static var largestPiece: Int { 1 << 30 }

  /// Inflates up to `count` bytes more.
  ///
  /// - Returns: zlib's code.
  private func append(to message: inout [UInt8], atMost count: Int) -> Int32 {
    var code = Z_OK
    message.reserveCapacity(message.count + count)
    message.append(addingCapacity: count) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + filled }
        unsafe stream.pointee.avail_out = UInt32(count)
        code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        filled += unsafe count - Int(stream.pointee.avail_out)
      }
    }
    return code
  }
}

extension UnsafeMutablePointer<z_stream> {
  /// The input of the next call.
  fileprivate func set(_ source: UnsafeRawBufferPointer) {
    // zlib does not write there; its declaration lacks the const.
    let bytes = unsafe UnsafeMutableRawPointer(mutating: source.baseAddress)
    unsafe pointee.next_in = unsafe bytes?.assumingMemoryBound(to: Bytef.self)
    unsafe pointee.avail_in = UInt32(source.count)
  }
}
