/// Those who wait for a channel's state to become another one. Confined to the loop.
struct StateWatchers {
  /// One wait.
  ///
  /// `@unchecked Sendable`: confined to the loop after its creation.
  final class Watcher: @unchecked Sendable {
    private var done: CheckedContinuation<ChannelInfo.Connectivity, Never>?
    fileprivate var isOver = false
    fileprivate var known = ChannelInfo.Connectivity.idle

    func begin(_ done: CheckedContinuation<ChannelInfo.Connectivity, Never>) { self.done = done }

    fileprivate func end(_ state: ChannelInfo.Connectivity) {
      isOver = true
      done?.resume(returning: state)
      done = nil
    }
  }

  private var watchers: [Watcher] = []

  mutating func add(
    _ watcher: Watcher, _ known: ChannelInfo.Connectivity, _ state: ChannelInfo.Connectivity
  ) {
    watcher.known = known
    // It may have been given up before it came.
    if watcher.isOver || state != known { watcher.end(state) } else { watchers.append(watcher) }
  }

  mutating func remove(_ watcher: Watcher, _ state: ChannelInfo.Connectivity) {
    watchers.removeAll { $0 === watcher }
    watcher.end(state)
  }

  mutating func tell(_ state: ChannelInfo.Connectivity) {
    if watchers.isEmpty { return }
    let told = watchers.filter { $0.known != state }
    watchers.removeAll { $0.known != state }
    for watcher in told { watcher.end(state) }
  }
}
