public import Synchronization

/// How an executor is. Any thread.
public final class ExecutorStatus: Sendable {
  public enum State: UInt8, Sendable, AtomicRepresentable {
    case starting
    case working
    /// The store did not let it look for work the last time.
    case storeTrouble
    /// It works on nothing any more.
    case ended
  }

  private let word = Atomic<State>(.starting)

  init() {}

  public var state: State { word.load(ordering: .relaxed) }

  func set(_ state: State) { word.store(state, ordering: .relaxed) }
}
