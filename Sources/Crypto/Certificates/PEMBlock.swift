import COpenSSL

/// A block of a PEM text (RFC 7468).
struct PEMBlock {
  static let certificateLabels = ["CERTIFICATE", "X509 CERTIFICATE"]
  static let revocationLabels = ["X509 CRL"]

  let label: String
  let bytes: [UInt8]

  /// The most bytes of a text: a bundle of all public authorities has a quarter of that.
  static let maxBytes = 8 << 20

  /// All blocks of a text, in its order. What is between them counts for nothing.
  static func all(_ text: [UInt8]) throws(CryptoError) -> [PEMBlock] {
    guard text.count <= maxBytes else { throw CryptoError("the PEM text is too long") }
    guard let memory = unsafe BIO_new_mem_buf(text, Int32(text.count)) else {
      throw .last("read the PEM text")
    }
    defer { unsafe BIO_free(memory) }
    // OpenSSL reads from the array's bytes, which `text` keeps.
    return try withExtendedLifetime(text) { () throws(CryptoError) in
      var blocks: [PEMBlock] = []
      while let block = try unsafe next(memory) { blocks.append(block) }
      return blocks
    }
  }

  private static func next(_ memory: OpaquePointer) throws(CryptoError) -> PEMBlock? {
    var name: UnsafeMutablePointer<CChar>?
    var header: UnsafeMutablePointer<CChar>?
    var data: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard unsafe PEM_read_bio(memory, &name, &header, &data, &count) == 1 else {
      // PEM_R_NO_START_LINE is the end; everything else is a broken block.
      let reason = ERR_peek_last_error() & 0x7f_ffff
      guard reason == UInt(PEM_R_NO_START_LINE) else { throw .last("read the PEM text") }
      ERR_clear_error()
      return nil
    }
    defer {
      unsafe copenssl_free(name)
      unsafe copenssl_free(header)
      unsafe copenssl_free(data)
    }
    guard let name = unsafe name, let data = unsafe data else { return nil }
    return unsafe PEMBlock(
      label: String(cString: name), bytes: Array(UnsafeBufferPointer(start: data, count: count)))
  }
}

/// The bytes that OpenSSL has written into a memory BIO.
enum BIOMemory {
  static func take(_ memory: OpaquePointer) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(memory))
    let count = unsafe BIO_read(memory, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(max(0, Int(count))))
  }
}
