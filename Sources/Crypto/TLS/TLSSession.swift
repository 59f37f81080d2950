import COpenSSL

/// One side of a TLS connection over bytes in memory: it knows no socket.
///
/// What it writes lies in the `TLSOutput` of the call, also when the call throws: then it is the
/// alert for the other side. Confined to one thread at a time.
@safe
public final class TLSSession {
  /// How far a call came.
  public enum Step: Equatable {
    /// So many bytes; 0 for a handshake that is over.
    case done(Int)
    /// It cannot go on without more input.
    case needsInput
    /// It cannot go on without more room for output.
    case needsRoom
    /// The other side has said goodbye.
    case end
  }

  /// KeyUpdate messages (RFC 8446 section 4.6.3) that a peer may send: one is due after hundreds of
  /// gigabytes, and each costs this side more than the peer.
  static let mostKeyUpdates = 100

  let pointer: OpaquePointer
  private let window: UnsafeMutablePointer<copenssl_window>
  /// What the session's callbacks use lives as long as the session.
  private let context: AnyObject
  /// Whether the handshake is over.
  public private(set) var isEstablished = false
  /// The certificates with which the other side proved who it is, its own first; empty before the
  /// handshake is over and without proof.
  public private(set) var peerCertificates: [Certificate] = []

  /// - Parameters:
  ///   - pointer: of OpenSSL's session, which this one takes over.
  ///   - context: kept as long as the session.
  init(
    owning pointer: OpaquePointer, context: AnyObject, isServer: Bool
  ) throws(CryptoError) {
    unsafe self.pointer = pointer
    self.context = context
    unsafe window = .allocate(capacity: 1)
    unsafe window.initialize(to: copenssl_window())
    guard let method = unsafe WindowMethod.shared.pointer,
      unsafe copenssl_set_window(pointer, method, window) == 1
    else { throw .last("make a TLS session") }
    if isServer {
      unsafe SSL_set_accept_state(pointer)
    } else {
      unsafe SSL_set_connect_state(pointer)
    }
  }

  deinit {
    unsafe SSL_free(pointer)
    unsafe window.deallocate()
  }

  /// The protocol that both sides agreed on (ALPN, RFC 7301); nil without.
  public var applicationProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(pointer, &name, &count)
    guard let name = unsafe name, count > 0 else { return nil }
    return unsafe String(
      decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
  }

  /// `TLSv1.3` or `TLSv1.2`.
  public var version: String { unsafe String(cString: SSL_get_version(pointer)) }
  /// The cipher suite's name, such as `TLS_AES_256_GCM_SHA384`; nil before there is one.
  public var cipherSuite: String? {
    guard let cipher = unsafe SSL_get_current_cipher(pointer) else { return nil }
    return unsafe SSL_CIPHER_get_name(cipher).map { unsafe String(cString: $0) }
  }
  /// Whether the handshake took up an earlier session instead of proving everything anew.
  public var isResumed: Bool { unsafe SSL_session_reused(pointer) == 1 }

  /// Whether it holds decrypted bytes for which a reader had no room.
  public var hasDecrypted: Bool { unsafe SSL_pending(pointer) > 0 }

  /// Goes on with the handshake.
  public func shakeHands(
    _ input: inout TLSInput, _ output: inout TLSOutput
  ) throws(TLSError) -> Step {
    let step = try unsafe run(&input, &output) { unsafe SSL_do_handshake($0) }
    if step == .done(0), !isEstablished {
      isEstablished = true
      peerCertificates = provedCertificates
    }
    return step
  }

  /// Decrypts bytes into `buffer[start...]`: at most those of one record.
  public func read(
    _ input: inout TLSInput, into buffer: inout [UInt8], from start: Int,
    _ output: inout TLSOutput
  ) throws(TLSError) -> Step {
    var count = 0
    let step = try unsafe run(&input, &output) { session in
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe SSL_read_ex(
          session, bytes.baseAddress.map { unsafe $0 + start }, bytes.count - start, &count)
      }
    }
    return step == .done(0) ? .done(count) : step
  }

  /// Encrypts bytes, at least one and at most 16 KiB, into one record.
  ///
  /// - Precondition: the output has `TLSOutput.recordRoom` left.
  public func write(
    _ bytes: ArraySlice<UInt8>, _ output: inout TLSOutput
  ) throws(TLSError) {
    precondition(output.room >= TLSOutput.recordRoom)
    var none = TLSInput(size: 0)
    var count = 0
    let step = try unsafe run(&none, &output) { session in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe SSL_write_ex(
          session, bytes.baseAddress, bytes.count, &count)
      }
    }
    guard step == .done(0), count == bytes.count else { throw TLSError("TLS cannot write now") }
  }

  /// Writes the close_notify alert (RFC 8446 section 6.1), which ends this half.
  public func sayGoodbye(_ output: inout TLSOutput) {
    guard isEstablished else { return }
    var none = TLSInput(size: 0)
    _ = try? unsafe run(&none, &output) { unsafe SSL_shutdown($0) < 0 ? -1 : 1 }
  }

  /// Lends OpenSSL the input and the output for one call.
  private func run(
    _ input: inout TLSInput, _ output: inout TLSOutput, _ call: (OpaquePointer) -> Int32
  ) throws(TLSError) -> Step {
    ERR_clear_error()
    let range = input.range
    let written = output.count
    let result = unsafe input.bytes.withUnsafeBufferPointer { source in
      unsafe output.bytes.withUnsafeMutableBufferPointer { target in
        unsafe window.pointee = copenssl_window(
          input: source.baseAddress.map { unsafe $0 + range.lowerBound }, input_count: range.count,
          output: target.baseAddress, output_room: target.count, output_count: written,
          key_updates: window.pointee.key_updates)
        return unsafe call(pointer)
      }
    }
    input.range = unsafe (range.upperBound - window.pointee.input_count)..<range.upperBound
    output.count = unsafe window.pointee.output_count
    let keyUpdates = unsafe window.pointee.key_updates
    unsafe window.pointee = copenssl_window()
    unsafe window.pointee.key_updates = keyUpdates
    guard keyUpdates <= Self.mostKeyUpdates else { throw TLSError("TLS: too many key updates") }
    if result > 0 { return .done(0) }
    switch unsafe SSL_get_error(pointer, result) {
    case SSL_ERROR_WANT_READ: return .needsInput
    case SSL_ERROR_WANT_WRITE: return .needsRoom
    case SSL_ERROR_ZERO_RETURN: return .end
    default: throw failure()
    }
  }

  private func failure() -> TLSError {
    let verdict = unsafe SSL_get_verify_result(pointer)
    defer { ERR_clear_error() }
    if !isEstablished, verdict != Int(X509_V_OK) {
      return unsafe TLSError(
        "TLS: the certificate does not count: "
          + String(cString: X509_verify_cert_error_string(verdict)),
        .certificate(CertificateFault(verdict: verdict)))
    }
    let code = ERR_peek_last_error()
    guard let reason = unsafe ERR_reason_error_string(code) else { return TLSError("TLS failed") }
    return unsafe TLSError(
      "TLS: \(String(cString: reason))", TLSError.Kind(reason: ERR_GET_REASON(code)))
  }

  private var provedCertificates: [Certificate] {
    guard let leaf = unsafe SSL_get0_peer_certificate(pointer),
      unsafe SSL_get_verify_mode(pointer) != SSL_VERIFY_NONE,
      unsafe SSL_get_verify_result(pointer) == Int(X509_V_OK)
    else { return [] }
    var certificates = [unsafe Certificate(borrowing: leaf)]
    if let chain = unsafe SSL_get0_verified_chain(pointer) {
      let count = unsafe copenssl_chain_count(chain)
      for index in 1..<max(1, count) {
        if let next = unsafe copenssl_chain_get(chain, index) {
          certificates.append(unsafe Certificate(borrowing: next))
        }
      }
    } else if let resumed = unsafe SSL_get_session(pointer) {
      certificates += unsafe TicketChain.read(resumed)
    }
    return certificates
  }
}

/// OpenSSL's description of the BIO over lent memory; made once, never freed.
///
/// `@unchecked Sendable`: it is only read.
@safe
private struct WindowMethod: @unchecked Sendable {
  static let shared = unsafe WindowMethod(pointer: copenssl_window_method())
  let pointer: OpaquePointer?
}
