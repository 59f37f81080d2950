public import RPC
public import TrackAccess
import TrackController
public import TrackDomain

/// Who has begun a watch: the right to it may go while it lasts.
struct WatchCaller: Sendable {
  var caller: Caller
  var proof: CallerProof

  init(_ context: ServerContext) {
    caller = context.caller
    proof = context.storage[CallerKey.self]?.proof ?? .connection
  }
}

extension WatchHub {
  /// Ends the watches whose callers may not have them any more. Any thread.
  ///
  /// - Parameter judge: gets who watches what, nil for a watch that has only begun; returns the
  ///   status that ends it, nil when it goes on. Runs on the executors' threads.
  public func end(where judge: @escaping @Sendable (Caller, ChangeScope?) -> RPCError?) {
    for feed in feeds {
      feed.executor.execute { feed.end { caller, scope in judge(caller.caller, scope) } }
    }
  }

  /// Ends the watches of callers whose token is taken no more. Any thread.
  public func review(_ credentials: AccessCredentials) {
    for feed in feeds {
      feed.executor.execute {
        feed.end { caller, _ in
          credentials.stillKnows(caller.proof) ? nil : .refused(.unknownToken)
        }
      }
    }
  }
}

extension ExecutorFeed {
  /// On the executor.
  func end(where judge: (WatchCaller, ChangeScope?) -> RPCError?) {
    for beginning in beginnings.values where beginning.refusal == nil {
      beginning.refusal = judge(beginning.caller, beginning.scope)
    }
    for group in feed.allGroups {
      for watcher in group.followers {
        if let error = judge(watcher.caller, group.scope) { end(watcher, with: error) }
      }
    }
  }
}
