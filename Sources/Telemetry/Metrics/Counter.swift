import Synchronization

/// A number that only grows, or one that goes up and down. Without locks: any thread reads it.
public struct Cell: ~Copyable, Sendable {
  private let word: Atomic<Int>

  public init(_ value: Int = 0) { word = Atomic(value) }

  /// By the one thread that writes: a load and a store, and no processor waits for another.
  @inline(__always)
  public func add(_ count: Int) {
    word.store(word.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }

  /// By any thread, for what happens seldom.
  public func addShared(_ count: Int) { word.wrappingAdd(count, ordering: .relaxed) }

  public func set(_ value: Int) { word.store(value, ordering: .relaxed) }

  public var value: Int { word.load(ordering: .relaxed) }
}

/// A `Cell` that several parts of a program hold. Any thread adds.
public final class Counter: Sendable {
  private let cell = Cell()

  public init() {}

  public func add(_ count: Int = 1) { cell.addShared(count) }
  public func set(_ value: Int) { cell.set(value) }
  public var value: Int { cell.value }
}
