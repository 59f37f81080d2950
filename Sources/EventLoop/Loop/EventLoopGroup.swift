/// A fixed number of event loops.
public final class EventLoopGroup: Sendable {
  public let loops: [EventLoop]
  private let lock = Lock()
  /// Guarded by `lock`.
  private nonisolated(unsafe) var turn = 0

  /// Starts `count` loops, indexed from 0.
  public init(count: Int, observer: (any EventLoopObserver)? = nil) throws(SystemError) {
    precondition(count > 0)
    var loops: [EventLoop] = []
    for index in 0..<count {
      loops.append(try EventLoop(name: "loop-\(index)", index: index, observer: observer))
    }
    self.loops = loops
  }

  /// The loops one after the other. Any thread.
  public func next() -> EventLoop {
    lock.withLock {
      unsafe turn = (turn + 1) % loops.count
      return unsafe loops[turn]
    }
  }

  /// Ends all loops; see `EventLoop.shutdown`.
  public func shutdown() async {
    for loop in loops { await loop.shutdown() }
  }
}
