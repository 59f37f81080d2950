import EventLoop
import RPC

extension ConnectionContext {
  func adopt(_ connection: HTTP1Connection) {
    http1.adopt(connection)
    connection.noteIdle()
    lookAfterNewcomer()
  }

  func forget(_ connection: HTTP1Connection) {
    uncount(connection)
    http1.forget(connection)
    publishOldestIdle()
  }

  /// A connection has become idle, or busy again.
  func list(_ connection: HTTP1Connection, isIdle: Bool) {
    http1.list(connection, isIdle: isIdle)
    publishOldestIdle()
  }

  /// Stops reading from `connection` if all hold too much and it holds more than its share.
  func throttleIfGreedy(_ connection: HTTP1Connection) {
    guard isGreedy(connection.heldBytes) else { return }
    hasThrottled = true
    http1.throttle(connection)
  }

  /// Tells the idle connections of each host, and shuts down the longest idle ones above the limit.
  ///
  /// - Parameter excess: how many each host has too many; those that were shut down are taken off.
  func boundIdle(_ idlePeers: IdlePeers, _ excess: inout [SocketAddress: Int]) {
    guard !excess.isEmpty else { return }
    for connection in http1.idleOnes {
      guard let host = connection.host, let count = excess[host] else { continue }
      excess[host] = count > 1 ? count - 1 : nil
      refusals.add(.tooManyIdle)
      connection.beginGracefulShutdown()
      uncount(connection)
    }
  }

  func countIdle(_ idlePeers: IdlePeers) {
    for connection in http1.all where connection.isCountedIdle != connection.isListedIdle {
      guard let host = connection.host else { continue }
      connection.isCountedIdle = connection.isListedIdle
      idlePeers.changed(host, isIdle: connection.isListedIdle)
    }
  }

  private func uncount(_ connection: HTTP1Connection) {
    guard connection.isCountedIdle, let host = connection.host else { return }
    connection.isCountedIdle = false
    idlePeers?.changed(host, isIdle: false)
  }
}
