import COpenSSL

/// A key's bytes, in memory of their own, which is wiped when nobody has them any more.
///
/// `@unchecked Sendable`: the memory is only read between its filling and its end.
@safe
public final class SecretBytes: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<UInt8>

  /// A copy of bytes that somebody else keeps as well.
  public init(copying bytes: [UInt8]) {
    unsafe memory = .allocate(capacity: bytes.count)
    _ = unsafe memory.initialize(from: bytes)
  }

  /// Takes the bytes over: those of the array are wiped.
  public convenience init(wiping bytes: inout [UInt8]) {
    self.init(copying: bytes)
    bytes.wipe()
  }

  /// So many random bytes.
  convenience init(random count: Int) throws(CryptoError) {
    var bytes = try SecureRandom.bytes(count)
    self.init(wiping: &bytes)
  }

  deinit {
    unsafe OPENSSL_cleanse(memory.baseAddress, memory.count)
    unsafe memory.deallocate()
  }

  public var count: Int { unsafe memory.count }

  /// The bytes, for reading. A copy of them is not wiped.
  public var span: Span<UInt8> {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(Span(_unsafeElements: memory), borrowing: self) }
  }

  /// For OpenSSL, which reads them during the call.
  var pointer: UnsafePointer<UInt8>? { unsafe UnsafePointer(memory.baseAddress) }
}

extension [UInt8] {
  /// Writes zeros over the bytes, and leaves none. Only this array's: those of copies stay, so that a
  /// secret's array is kept by one variable and never grows.
  public mutating func wipe() {
    unsafe withUnsafeMutableBytes { bytes in
      unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    }
    self = []
  }
}
