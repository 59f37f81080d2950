import HTTP1
import HTTP2
import RPCHTTP2

/// Log lines about connections: their begin and end at debug, refusals at higher levels.
struct ConnectionLog: ConnectionObserver {
  let logger: Logger

  func connectionEvent(_ event: ConnectionEvent) {
    switch event {
    case .opened(let peer):
      logger.log(.debug, "connection opened", from: peer) { $0.string("peer", peer) }
    case .closed(let peer, let reason, let totals):
      logger.log(.debug, "connection closed", from: peer) {
        $0.string("peer", peer)
        $0.string("reason", reason)
        $0.integer("bytes_in", Int64(totals.bytesRead))
        $0.integer("bytes_out", Int64(totals.bytesWritten))
        $0.integer("streams", Int64(totals.streamsOpened))
      }
    case .refused(let peer, let refusal):
      logger.log(.info, "refused", detail: refusal.rawValue, from: peer) {
        $0.string("peer", peer)
        $0.string("reason", refusal.rawValue)
      }
    case .malformed(let peer, let fault):
      logger.log(.info, "refused", detail: fault.rawValue, from: peer) {
        $0.string("peer", peer)
        $0.plain("reason", "malformed_request")
        $0.string("fault", fault.rawValue)
      }
    case .malformedHTTP1(let peer, let fault):
      logger.log(.info, "refused", detail: fault.rawValue, from: peer) {
        $0.string("peer", peer)
        $0.plain("reason", "malformed_request")
        $0.string("fault", fault.rawValue)
      }
    case .madeRoom(let peer):
      logger.log(.warning, "connection closed: too many are open, and this one was idle longest") {
        $0.string("peer", peer)
      }
    case .tooManyConnections:
      logger.log(.warning, "connection refused: too many are open")
    case .tooManyHandshakes(let peer):
      logger.log(.info, "refused", detail: "too_many_handshakes", from: peer) {
        $0.string("peer", peer)
        $0.plain("reason", "too_many_handshakes")
      }
    case .acceptFailed(let error):
      logger.log(.error, "cannot accept connections") { $0.string("error", "\(error)") }
    }
  }
}
