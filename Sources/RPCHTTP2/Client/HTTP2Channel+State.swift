import EventLoop

/// What a channel tells of itself; any thread. The loop is asked in its turn; not to be called once
/// it is shut down.
extension HTTP2Channel {
  /// The channel at this moment.
  public func info() async -> ChannelInfo { await ask { $0.info } }

  /// One of its connections, by its `ConnectionInfo.id`; nil when it is gone.
  public func liveConnection(_ id: Int) async -> ConnectionDetails? {
    await ask { $0.details(of: id) }
  }

  /// The state at this moment.
  public var state: ChannelInfo.Connectivity {
    get async { await ask { $0.state } }
  }

  /// Returns once the state is another one than `known`, with the new state; also when the task is
  /// cancelled, with the state that it is then.
  public func waitForStateChange(
    from known: ChannelInfo.Connectivity
  ) async -> ChannelInfo.Connectivity {
    let watcher = StateWatchers.Watcher()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { done in
        core.loop.execute { [core] in
          watcher.begin(done)
          core.watch(from: known, watcher)
        }
      }
    } onCancel: {
      core.loop.execute { [core] in core.forget(watcher) }
    }
  }

  /// Connects without waiting for a call, once the channel runs. Without effect on one that is
  /// connected, that tries to be, or that must wait for its next attempt.
  public func connect() {
    core.loop.execute { [core] in core.connect() }
  }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (ChannelCore) -> Answer
  ) async -> Answer {
    await withCheckedContinuation { answer in
      core.loop.execute { [core] in answer.resume(returning: question(core)) }
    }
  }
}
