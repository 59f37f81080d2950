import EventLoop
import RPC

/// Looking the name up.
extension ChannelCore {
  /// The addresses may have changed.
  func requestResolution() {
    guard case .resolver = place.kind, resolve != nil else { return }
    perform(schedule.requested(at: loop.now))
  }

  /// A lookup has ended, or the resolver has found a new list by itself.
  ///
  /// - Parameter isAnswer: it is the answer to `resolve`.
  func resolved(_ result: Result<[SocketAddress], any Error>, isAnswer: Bool = true) {
    switch result {
    case .success(let addresses) where !addresses.isEmpty:
      if isAnswer { schedule.succeeded(at: loop.now) }
      // An idle channel connects when it is used.
      if case .idle = phase, balancer == nil { return }
      use(Array(addresses.prefix(100)))
    case .success:
      resolvingFailed("the name has no address", isAnswer)
    case .failure(let error):
      resolvingFailed("\(error)", isAnswer)
    }
  }

  private func resolvingFailed(_ reason: String, _ isAnswer: Bool) {
    guard isAnswer else { return }
    let action = schedule.failed(at: loop.now, random: Double.random(in: 0...1))
    if case .wait(let delay) = action { report(.failed(reason: reason, retryAfter: delay)) }
    guard resolve != nil else { return }
    perform(action)
    if balancer == nil { fail(reason) }
  }

  private func perform(_ action: ResolutionSchedule.Action) {
    switch action {
    case .nothing: break
    case .resolve: resolve?()
    case .wait(let delay):
      loop.schedule(after: delay) { [weak self] in
        guard let self, resolve != nil else { return }
        perform(schedule.timePassed(at: loop.now))
      }
    }
  }
}
