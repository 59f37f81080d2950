import COpenSSL

/// The certificates above a client's own, which its session ticket keeps beside it: without them
/// its certificate could not be verified again when the session is resumed.
///
/// Each is three bytes of length and the certificate in DER.
enum TicketChain {
  /// A chain with more bytes is not kept: such a client shakes hands in full every time.
  static let maxBytes = 8 << 10

  static func write(_ chain: OpaquePointer?, into session: OpaquePointer) {
    guard let chain = unsafe chain else { return }
    var bytes: [UInt8] = []
    let count = unsafe copenssl_chain_count(chain)
    for index in 1..<max(1, count) {
      guard let certificate = unsafe copenssl_chain_get(chain, index) else { return }
      let der = unsafe Certificate(borrowing: certificate).der
      bytes += [
        UInt8(der.count >> 16 & 0xff), UInt8(der.count >> 8 & 0xff), UInt8(der.count & 0xff),
      ]
      bytes += der
      guard bytes.count <= maxBytes else { return }
    }
    _ = unsafe SSL_SESSION_set1_ticket_appdata(session, bytes, bytes.count)
  }

  static func read(_ session: OpaquePointer) -> [Certificate] {
    var data: UnsafeMutableRawPointer?
    var count = 0
    guard unsafe SSL_SESSION_get0_ticket_appdata(session, &data, &count) == 1,
      let data = unsafe data
    else { return [] }
    var rest = unsafe Array(UnsafeRawBufferPointer(start: data, count: count))[...]
    var certificates: [Certificate] = []
    while rest.count > 3 {
      let length = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(3)
      guard let certificate = try? Certificate(der: Array(rest.prefix(length))) else { break }
      certificates.append(certificate)
      rest = rest.dropFirst(length)
    }
    return certificates
  }
}
