import HTTP2

/// The answer to a peer that does not speak HTTP/2 with prior knowledge.
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
  /// with a text (RFC 9113 sections 3.4 and 6.8). A TLS client sees that it is no TLS record.
  private static func other(_ guess: HTTP2Error.PeerGuess) -> [UInt8] {
    let text = guess == .tls ? "TLS on a cleartext port" : "no HTTP/2 connection preface"
    return GoAwayFrame.emptySettings
      + GoAwayFrame.bytes(lastStreamID: 0, code: .protocolError, debug: text)
  }
}
