import COpenSSL

/// The keys that protect the session tickets of one certificate under one set of rules
/// (RFC 5077 section 4, RFC 8446 section 4.6.1). Tickets of other certificates and other rules do
/// not open with them.
struct TicketKeys: Sendable {
  /// One generation: a name of 16 bytes that stands in the ticket, and two keys of 32.
  struct Generation: Sendable {
    let name: [UInt8]
    let cipher: SecretBytes
    let code: SecretBytes

    init() throws(CryptoError) {
      name = try SecureRandom.bytes(16)
      cipher = try SecretBytes(random: 32)
      code = try SecretBytes(random: 32)
    }
  }

  /// Says which certificate, and which rules for those of clients.
  let owner: [UInt8]
  let current: Generation
  /// Its tickets still open, and are replaced.
  let previous: Generation?

  /// New keys that open no ticket that is out.
  init(owner: [UInt8]) throws(CryptoError) {
    self.owner = owner
    current = try Generation()
    previous = nil
  }

  /// New keys after these, which open theirs as well.
  init(after keys: TicketKeys) throws(CryptoError) {
    owner = keys.owner
    current = try Generation()
    previous = keys.current
  }

  /// Prepares a new ticket's cipher and code, and writes the keys' name and the initial vector.
  ///
  /// - Returns: OpenSSL's answer of `SSL_CTX_set_tlsext_ticket_key_evp_cb`: 1, or -1 for a failure.
  func seal(
    _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
    _ cipher: OpaquePointer, _ code: OpaquePointer
  ) -> Int32 {
    guard let bytes = try? SecureRandom.bytes(16) else { return -1 }
    for (index, byte) in bytes.enumerated() { unsafe vector[index] = byte }
    for (index, byte) in current.name.enumerated() { unsafe name[index] = byte }
    guard
      unsafe EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, current.cipher.pointer, vector)
        == 1,
      unsafe copenssl_ticket_code(code, current.code.pointer, current.code.count) == 1
    else { return -1 }
    return 1
  }

  /// Prepares the cipher and the code of a ticket that came.
  ///
  /// - Returns: OpenSSL's answer: 0 when no key has this name, 1 when the current one has, 2 when
  ///   the ticket is to be replaced, -1 for a failure.
  func open(
    _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
    _ cipher: OpaquePointer, _ code: OpaquePointer
  ) -> Int32 {
    let named = unsafe Array(UnsafeBufferPointer(start: name, count: 16))
    let isCurrent = named == current.name
    guard let keys = isCurrent ? current : previous, named == keys.name else { return 0 }
    guard
      unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, keys.cipher.pointer, vector) == 1,
      unsafe copenssl_ticket_code(code, keys.code.pointer, keys.code.count) == 1
    else { return -1 }
    return isCurrent ? 1 : 2
  }
}
