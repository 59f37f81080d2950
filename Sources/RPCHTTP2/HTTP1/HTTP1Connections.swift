import EventLoop

/// The HTTP/1.1 connections of one context. Confined to its loop.
final class HTTP1Connections {
  /// One read. It bounds what one connection keeps of requests that wait.
  private static let inputBytes = 16 * 1024

  private(set) var all: [HTTP1Connection] = []
  private var idle = IdleList()
  private var throttled: [HTTP1Connection] = []
  /// Lent to one connection while it reads.
  private var input: [UInt8] = []

  func lendInput(_ buffer: inout [UInt8]) {
    if input.isEmpty { input = [UInt8](repeating: 0, count: Self.inputBytes) }
    swap(&buffer, &input)
  }

  func takeBackInput(_ buffer: inout [UInt8]) { swap(&buffer, &input) }

  func adopt(_ connection: HTTP1Connection) {
    connection.index = all.count
    all.append(connection)
  }

  func has(_ connection: HTTP1Connection) -> Bool {
    connection.index < all.count && all[connection.index] === connection
  }

  func forget(_ connection: HTTP1Connection) {
    guard has(connection) else { return }
    let index = connection.index
    let last = all.removeLast()
    idle.moved(from: all.count, to: index)
    if last !== connection {
      all[index] = last
      last.index = index
    }
    throttled.removeAll { $0 === connection }
    if all.isEmpty { all = [] }
  }

  /// A connection has become idle, or busy again.
  func list(_ connection: HTTP1Connection, isIdle: Bool) {
    guard has(connection) else { return }
    if isIdle { idle.append(connection.index) } else { idle.remove(connection.index) }
    connection.isListedIdle = isIdle
  }

  /// The one that has been idle for the longest time.
  var longestIdle: HTTP1Connection? { idle.first.map { all[$0] } }

  /// The idle ones, the longest idle first.
  var idleOnes: [HTTP1Connection] {
    var found: [HTTP1Connection] = []
    var place = idle.first
    while let current = place {
      found.append(all[current])
      place = idle.next(after: current)
    }
    return found
  }

  // MARK: Held bytes

  func throttle(_ connection: HTTP1Connection) {
    guard !connection.isThrottled else { return }
    throttled.append(connection)
    connection.throttle(true)
  }

  func resumeThrottled() {
    let resumed = throttled
    throttled = []
    for connection in resumed { connection.throttle(false) }
  }
}
