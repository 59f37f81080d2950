public import CProtobufShim

/// The calling thread's memory for libprotobuf-c's structs; used by generated code.
///
/// Allocations live until the encode or decode call that made them returns. They must not be kept,
/// nor passed to another thread.
@safe
public struct Arena {
  @usableFromInline let raw: UnsafeMutablePointer<PBArena>

  @usableFromInline static var current: Arena {
    guard let raw = unsafe pb_arena_current() else { fatalError("out of memory") }
    return unsafe Arena(raw: raw)
  }

  @usableFromInline
  init(raw: UnsafeMutablePointer<PBArena>) { unsafe self.raw = raw }

  /// Memory for `count` values, not initialised.
  @inlinable
  public func allocate<T>(_ type: T.Type, count: Int = 1) -> UnsafeMutablePointer<T> {
    guard let memory = unsafe pb_arena_alloc(raw, MemoryLayout<T>.stride * count) else {
      fatalError("out of memory")
    }
    return unsafe memory.assumingMemoryBound(to: T.self)
  }

  /// Counts memory of the Swift value against the limit of the message that is being decoded.
  @inlinable
  public func charge<T>(_ type: T.Type, count: Int) throws(DecodingError) {
    let (size, overflow) = MemoryLayout<T>.stride.multipliedReportingOverflow(by: count)
    guard !overflow, unsafe size <= raw.pointee.allowance else { throw .tooLarge }
    unsafe raw.pointee.allowance -= size
  }

  /// Counts a dictionary's memory, which is at most twice that of its entries.
  @inlinable
  public func chargeMap<Key, Value>(
    _ key: Key.Type, _ value: Value.Type, count: Int
  ) throws(DecodingError) {
    try charge((Key, Value, Key, Value).self, count: count)
    try charge(UInt8.self, count: Self.allocationOverhead)
  }
}
