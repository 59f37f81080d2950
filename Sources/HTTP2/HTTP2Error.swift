/// Why a session is over. Once thrown, the session reads nothing more; `produceOutput` still gives
/// the GOAWAY that tells the peer (not after `badPreface`), then `isFinished` is true.
public enum HTTP2Error: Error, Equatable, Sendable {
  /// The first bytes are not HTTP/2's client preface. Nothing was sent: the caller may answer in
  /// the protocol that the peer seems to speak.
  case badPreface(PeerGuess)
  /// A limit or a rule was broken badly enough to end the connection with a GOAWAY of this code
  /// and debug text.
  case connection(HTTP2Refusal, HTTP2ErrorCode, debug: String)
  /// The library could not go on: out of memory, or a state that should not exist.
  case library(String)

  /// What bytes that are not HTTP/2 look like.
  public enum PeerGuess: Sendable, Hashable {
    /// A method name in capitals: an HTTP/1.x request line.
    case http1
    /// A TLS handshake record on a cleartext port.
    case tls
    case unknown
  }
}

extension HTTP2Error: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badPreface(.http1): "HTTP/1.x where HTTP/2 was expected"
    case .badPreface(.tls): "TLS where cleartext HTTP/2 was expected"
    case .badPreface(.unknown): "not HTTP/2"
    case .connection(let refusal, let code, let debug): "\(refusal.rawValue): \(code): \(debug)"
    case .library(let message): "nghttp2: \(message)"
    }
  }
}
