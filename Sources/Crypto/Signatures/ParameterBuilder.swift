import COpenSSL

/// Makes public keys of their numbers (OSSL_PARAM_BLD(3), EVP_PKEY_fromdata(3)).
@safe struct ParameterBuilder: ~Copyable {
  private let builder: OpaquePointer
  private let numbers = OwnedNumbers()

  init() throws(CryptoError) {
    guard let builder = unsafe OSSL_PARAM_BLD_new() else { throw .last("read a key") }
    unsafe self.builder = builder
  }

  deinit { unsafe OSSL_PARAM_BLD_free(builder) }

  /// - Parameter number: big-endian.
  func add(_ name: StaticString, number: [UInt8]) throws(CryptoError) {
    guard let value = unsafe BN_bin2bn(number, Int32(number.count), nil) else {
      throw .last("read a key")
    }
    unsafe numbers.take(value)
    guard unsafe OSSL_PARAM_BLD_push_BN(builder, Self.text(name), value) == 1 else {
      throw .last("read a key")
    }
  }

  /// The builder keeps a pointer to the text: it is static.
  func add(_ name: StaticString, text: StaticString) throws(CryptoError) {
    guard
      unsafe OSSL_PARAM_BLD_push_utf8_string(
        builder, Self.text(name), Self.text(text), text.utf8CodeUnitCount) == 1
    else { throw .last("read a key") }
  }

  func add(_ name: StaticString, bytes: [UInt8]) throws(CryptoError) {
    // The builder keeps the pointer until the key is made.
    guard
      unsafe OSSL_PARAM_BLD_push_octet_string(
        builder, Self.text(name), numbers.keep(bytes), bytes.count) == 1
    else { throw .last("read a key") }
  }

  /// - Returns: the key; the caller frees it.
  func publicKey(of type: StaticString) throws(CryptoError) -> OpaquePointer {
    guard let parameters = unsafe OSSL_PARAM_BLD_to_param(builder) else {
      throw .last("read a key")
    }
    defer { unsafe OSSL_PARAM_free(parameters) }
    guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, Self.text(type), nil) else {
      throw .last("read a key")
    }
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard unsafe EVP_PKEY_fromdata_init(context) == 1,
      unsafe copenssl_public_key(context, &key, parameters) == 1,
      let key = unsafe key
    else { throw .last("read a key") }
    return unsafe key
  }

  private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// What the builder points to, until it has gone.
  @safe private final class OwnedNumbers {
    private var numbers: [OpaquePointer] = unsafe []
    private var texts: [UnsafeMutablePointer<UInt8>] = unsafe []

    func take(_ number: OpaquePointer) { unsafe numbers.append(number) }

    func keep(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
      let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
      unsafe copy.initialize(from: bytes, count: bytes.count)
      unsafe texts.append(copy)
      return unsafe copy
    }

    deinit {
      unsafe numbers.forEach { unsafe BN_free($0) }
      unsafe texts.forEach { unsafe $0.deallocate() }
    }
  }
}
