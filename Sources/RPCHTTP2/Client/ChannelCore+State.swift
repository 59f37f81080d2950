import EventLoop
import RPC

/// What others see of the channel.
extension ChannelCore {
  /// The channel as it is now.
  var info: ChannelInfo {
    let counters = context.counters
    return ChannelInfo(
      target: target, connectivity: state, callsStarted: counters.callsStarted.value,
      callsSucceeded: counters.callsSucceeded.value, callsFailed: counters.callsFailed.value,
      connections: context.infos)
  }

  var state: ChannelInfo.Connectivity {
    if isShutDown { return .shutdown }
    return switch phase {
    case .idle: .idle
    case .connecting: .connecting
    case .ready: .ready
    case .failing: .transientFailure
    }
  }

  func details(of id: Int) -> ConnectionDetails? { context.details(of: id) }

  /// Tells `watcher` once the state is another one than `known`.
  func watch(from known: ChannelInfo.Connectivity, _ watcher: StateWatchers.Watcher) {
    watchers.add(watcher, known, state)
  }

  func forget(_ watcher: StateWatchers.Watcher) { watchers.remove(watcher, state) }
}
