import COpenSSL

/// An X.509 certificate (RFC 5280).
///
/// `@unchecked Sendable`: OpenSSL's object is only read after its creation.
@safe
public final class Certificate: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over one reference.
  init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  /// A certificate that OpenSSL lends.
  convenience init(borrowing pointer: OpaquePointer) {
    unsafe X509_up_ref(pointer)
    unsafe self.init(owning: pointer)
  }

  deinit { unsafe X509_free(pointer) }

  /// - Parameter der: one certificate in DER, and nothing behind it.
  public convenience init(der: [UInt8]) throws(CryptoError) {
    let read: (OpaquePointer?, isWhole: Bool) = unsafe der.withUnsafeBufferPointer { bytes in
      var position = bytes.baseAddress
      let pointer = unsafe d2i_X509(nil, &position, bytes.count)
      return unsafe (pointer, position == bytes.baseAddress.map { unsafe $0 + bytes.count })
    }
    guard let pointer = unsafe read.0 else { throw .last("read the certificate") }
    unsafe self.init(owning: pointer)
    guard unsafe read.isWhole else { throw CryptoError("cannot read what follows the certificate") }
  }

  /// The certificate in DER.
  public var der: [UInt8] {
    let count = unsafe i2d_X509(pointer, nil)
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var position = buffer.baseAddress
      _ = unsafe i2d_X509(pointer, &position)
    }
    return bytes
  }

  /// In seconds since 1970.
  public var notBefore: Int64 { unsafe copenssl_seconds(X509_get0_notBefore(pointer)) }
  /// In seconds since 1970.
  public var notAfter: Int64 { unsafe copenssl_seconds(X509_get0_notAfter(pointer)) }

  /// As RFC 4514 writes it, such as `CN=deploy-bot,O=Example`; empty without one.
  public var subject: String { unsafe Self.text(of: X509_get_subject_name(pointer)) }
  /// Who has signed it, in the same form.
  public var issuer: String { unsafe Self.text(of: X509_get_issuer_name(pointer)) }

  private static func text(of name: OpaquePointer?) -> String {
    guard let name = unsafe name, let memory = unsafe BIO_new(BIO_s_mem()) else { return "" }
    defer { unsafe BIO_free(memory) }
    guard unsafe copenssl_print_name(memory, name) >= 0 else { return "" }
    return String(decoding: unsafe BIOMemory.take(memory), as: UTF8.self)
  }

  /// The subject's alternative names that are DNS names and URIs. One with anything but printable
  /// ASCII in it, such as a NUL, is left out: no peer is known by it.
  public var alternativeNames: (dns: [String], uris: [String]) {
    var dns: [String] = []
    var uris: [String] = []
    guard let names = unsafe copenssl_alternative_names(pointer) else { return ([], []) }
    defer { unsafe GENERAL_NAMES_free(names) }
    let count = unsafe copenssl_name_count(names)
    for index in 0..<count {
      var bytes: UnsafePointer<UInt8>?
      var length: Int32 = 0
      let type = unsafe copenssl_name(names, index, &bytes, &length)
      guard type >= 0, length > 0 else { continue }
      let text = unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(length)))
      guard text.allSatisfy({ 0x21...0x7e ~= $0 }) else { continue }
      let name = String(decoding: text, as: UTF8.self)
      if type == GEN_DNS { dns.append(name.lowercased()) } else { uris.append(name) }
    }
    return (dns, uris)
  }

  /// The certificates of a PEM text, in its order; other blocks are passed over.
  ///
  /// - Throws: when one cannot be read, or there is none.
  public static func all(pem: [UInt8]) throws(CryptoError) -> [Certificate] {
    var certificates: [Certificate] = []
    for block in try PEMBlock.all(pem) where PEMBlock.certificateLabels.contains(block.label) {
      certificates.append(try Certificate(der: block.bytes))
    }
    guard !certificates.isEmpty else { throw CryptoError("there is no certificate") }
    return certificates
  }
}
