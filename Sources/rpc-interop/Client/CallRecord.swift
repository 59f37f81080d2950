import EventLoop
import RPC

/// What a call's options tell of its response besides messages. Any thread.
final class CallRecord: Sendable {
  private let lock = Lock()
  /// Guarded by `lock`, all three.
  private nonisolated(unsafe) var initial = Metadata()
  private nonisolated(unsafe) var trailing = Metadata()
  private nonisolated(unsafe) var compressed: [Bool] = []

  var initialMetadata: Metadata { lock.withLock { unsafe initial } }
  var trailingMetadata: Metadata { lock.withLock { unsafe trailing } }
  /// Of each message that came, whether it was compressed.
  var compressedMessages: [Bool] { lock.withLock { unsafe compressed } }

  /// Options of a call that is to be recorded.
  func options(metadata: Metadata = Metadata()) -> CallOptions {
    var options = CallOptions(metadata: metadata)
    options.onInitialMetadata = { metadata in
      self.lock.withLock { unsafe self.initial = metadata }
    }
    options.onTrailingMetadata = { metadata in
      self.lock.withLock { unsafe self.trailing = metadata }
    }
    options.onMessage = { wasCompressed in
      self.lock.withLock { unsafe self.compressed.append(wasCompressed) }
    }
    return options
  }
}
