import Synchronization
import TrackDomain
import TrackStoreSQL

/// Numbers of components that change with the commits that were about them. Any thread.
///
/// Components share counters: a number that changes too often costs a read. The writer counts up
/// when readers see a commit and before those who wrote are answered, so that nobody who was
/// answered finds the number that goes with an older state.
final class CommitStamps: Sendable {
  private static let mask = 4095
  private let all = Atomic<UInt64>(0)
  private let counters = InlineArray<4096, Atomic<UInt64>> { _ in Atomic(0) }

  /// Both counters only grow, and so does their sum. Where a commit comes between the two loads,
  /// the sum is one that nobody finds again once that commit was answered.
  subscript(componentId: String) -> UInt64 {
    all.load(ordering: .acquiring) &+ counters[Self.index(componentId)].load(ordering: .acquiring)
  }

  /// To be called after each commit, whatever became of its writes.
  ///
  /// - Parameters:
  ///   - scopes: of the writes.
  ///   - catalog: whether resources of the catalog other than components were written.
  func count(_ scopes: some Sequence<WriteScope>, catalog: Bool) {
    var isWide = catalog
    for scope in scopes {
      isWide = isWide || scope.isEverything
      for id in scope.componentIds {
        counters[Self.index(id)].add(1, ordering: .acquiringAndReleasing)
      }
    }
    if isWide { all.add(1, ordering: .acquiringAndReleasing) }
  }

  /// FNV-1a, of eight bytes at a time: for every read of a kept reply.
  private static func index(_ componentId: String) -> Int {
    let bytes = unsafe componentId.utf8.span.bytes
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var offset = 0
    while offset + 8 <= bytes.byteCount {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      hash = (hash ^ word) &* 0x100_0000_01b3
      // The product's low bits know of low bits alone.
      hash ^= hash >> 29
      offset += 8
    }
    while offset < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
      offset += 1
    }
    return Int(truncatingIfNeeded: hash ^ hash >> 32 ^ hash >> 52) & mask
  }
}
