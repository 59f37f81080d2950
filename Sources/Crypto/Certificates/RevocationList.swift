import COpenSSL

/// A certificate revocation list (RFC 5280 section 5).
///
/// `@unchecked Sendable`: OpenSSL's object is only read after its creation.
@safe
public final class RevocationList: @unchecked Sendable {
  let pointer: OpaquePointer

  private init(der: [UInt8]) throws(CryptoError) {
    let pointer = unsafe der.withUnsafeBufferPointer { bytes in
      var position = bytes.baseAddress
      return unsafe d2i_X509_CRL(nil, &position, bytes.count)
    }
    guard let pointer = unsafe pointer else { throw .last("read the revocation list") }
    unsafe self.pointer = pointer
  }

  deinit { unsafe X509_CRL_free(pointer) }

  /// The lists of a PEM text, in its order; other blocks are passed over.
  ///
  /// - Throws: when one cannot be read, or there is none.
  public static func all(pem: [UInt8]) throws(CryptoError) -> [RevocationList] {
    var lists: [RevocationList] = []
    for block in try PEMBlock.all(pem) where PEMBlock.revocationLabels.contains(block.label) {
      lists.append(try RevocationList(der: block.bytes))
    }
    guard !lists.isEmpty else { throw CryptoError("there is no revocation list") }
    return lists
  }

  /// In DER.
  var der: [UInt8] {
    let count = unsafe i2d_X509_CRL(pointer, nil)
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var position = buffer.baseAddress
      _ = unsafe i2d_X509_CRL(pointer, &position)
    }
    return bytes
  }
}
