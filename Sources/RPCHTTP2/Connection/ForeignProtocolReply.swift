import HTTP2

/// What a peer gets that does not speak HTTP/2 with prior knowledge.
enum ForeignProtocolReply {
  static func bytes(to guess: HTTP2Error.PeerGuess) -> [UInt8] {
    guess == .http1 ? http1 : other(guess)
  }

  /// To HTTP/1.x: one response, then the connection is closed.
  private static let http1: [UInt8] = {
    let text = """
      This port speaks HTTP/2 only, without upgrade: use a gRPC client, \
      or HTTP/2 with prior knowledge (curl --http2-prior-knowledge).

      """
    let head = [
      "HTTP/1.1 505 HTTP Version Not Supported", "content-type: text/plain; charset=utf-8",
      "content-length: \(text.utf8.count)", "connection: close", "", "",
    ].joined(separator: "\r\n")
    return Array(head.utf8) + Array(text.utf8)
  }()

  /// To anything else: empty SETTINGS, which begin every server's half, and GOAWAY PROTOCOL_ERROR
  /// with a text (RFC 9113 sections 3.4 and 6.8). A TLS client takes it for what it is, no TLS.
  private static func other(_ guess: HTTP2Error.PeerGuess) -> [UInt8] {
    let debug = Array(
      (guess == .tls ? "TLS on a cleartext port" : "no HTTP/2 connection preface").utf8)
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    let goAway: [UInt8] = [0, 0, UInt8(8 + debug.count), 7, 0, 0, 0, 0, 0]
    return settings + goAway + [0, 0, 0, 0, 0, 0, 0, 1] + debug
  }
}
