import COpenSSL

/// OpenSSL could not do what it was asked to: input that it cannot read, or no memory.
public struct CryptoError: Error, Equatable, CustomStringConvertible {
  /// For an operator: what was tried, and OpenSSL's reason. Never a key or another secret.
  public let description: String

  public init(_ description: String) { self.description = description }

  /// Takes OpenSSL's reason from this thread's error queue, and empties the queue.
  ///
  /// - Parameter doing: what was tried, such as `read the certificate`.
  static func last(_ doing: String) -> CryptoError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return CryptoError("cannot \(doing)")
    }
    return unsafe CryptoError("cannot \(doing): \(String(cString: reason))")
  }
}
