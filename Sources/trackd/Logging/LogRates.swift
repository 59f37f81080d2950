/// The kind of a log line. Lines of one kind are counted together.
struct LogKind: Equatable {
  let message: StaticString
  /// Distinguishes lines of one message: the code of a call, the reason of a refusal.
  let detail: String

  /// Messages are compared by address: the same text at two places of the program makes two kinds.
  static func == (left: LogKind, right: LogKind) -> Bool {
    unsafe left.message.utf8Start == right.message.utf8Start && left.detail == right.detail
  }
}

/// Decides which log lines are written, so that no peer can fill a disk. The lines of one kind and
/// peer have a rate; the lines of one kind and all peers together have `sharedFactor` times that
/// rate.
///
/// Counts every line that is left out. Pure: times are microseconds of any clock; a clock that is
/// set back gives no new tokens until it has caught up. Bounded: when a set is full, its least
/// recently seen peer is forgotten, and the lines that it left out count under `others`.
struct LogRates {
  /// A number of lines that were left out.
  struct LeftOut: Equatable {
    let kind: LogKind
    /// An address without its port, `others`, or empty for lines without a peer.
    let peer: String
    let count: Int64
  }

  /// A kind and peer. Holds no references, because each line looks one up.
  private struct Slot {
    /// The hash of kind and peer; two pairs with the same hash would share a rate.
    var key: UInt64 = 0
    /// The place of the kind in `kinds`; -1 while the slot is free.
    var kind = -1
    var bucket = Bucket(0, .min)
    var leftOut: Int64 = 0
  }

  static let burstSeconds: Int64 = 5
  static let sharedFactor: Int64 = 10
  /// How long lines may be left out before the log says so.
  static let patience: Int64 = 1_000_000
  static let setCount = 128
  /// Slots in one set, each for a kind and a peer. A peer cannot know its set.
  static let ways = 8
  static let others = "others"

  private let perSecond: Int64
  private let seed: UInt64
  /// `ways` slots for each set.
  private var slots = Array(repeating: Slot(), count: setCount * ways)
  /// The peer of each slot.
  private var hosts: [[UInt8]] = Array(repeating: [], count: setCount * ways)
  private var kinds: [LogKind] = []
  /// The rate of each kind, for all peers together.
  private var kindBuckets: [Bucket] = []
  /// The lines of each kind that forgotten peers left out.
  private var kindsLeftOut: [Int64] = []
  /// The time of the first line that was left out and is not reported yet.
  private var untoldSince: Int64?

  /// - Parameters:
  ///   - perSecond: lines of one kind and peer; no limit when 0.
  /// - seed: hides the set of an address, so that peers cannot choose addresses that share one.
  init(perSecond: Int, seed: UInt64) {
    self.perSecond = Int64(perSecond)
    self.seed = seed
  }

  var hasLeftOut: Bool { untoldSince != nil }

  /// Whether a line may be written; if not, it is counted.
  ///
  /// - Parameter peer: the address, with its port, that caused the line; empty for none.
  mutating func allows(_ kind: LogKind, peer: String, now: Int64) -> Bool {
    guard perSecond > 0 else { return true }
    let bytes = peer.utf8.span
    let length = Self.hostLength(bytes)
    let key = hash(kind, bytes, length)
    let slot = find(key) ?? add(key, kind, bytes, length, now)
    if slots[slot].bucket.take(perSecond, now),
      kindBuckets[slots[slot].kind].take(perSecond * Self.sharedFactor, now)
    {
      return true
    }
    slots[slot].leftOut += 1
    if untoldSince == nil { untoldSince = now }
    return false
  }

  /// The numbers of lines that were left out since the last report; empty while the report may
  /// wait.
  ///
  /// - Parameter atOnce: the report may not wait.
  mutating func takeLeftOut(now: Int64, atOnce: Bool = false) -> [LeftOut] {
    guard let since = untoldSince else { return [] }
    guard atOnce || now < since || now - since >= Self.patience else { return [] }
    untoldSince = nil
    var all: [LeftOut] = []
    for slot in slots.indices where slots[slot].leftOut > 0 {
      all.append(
        LeftOut(
          kind: kinds[slots[slot].kind], peer: String(decoding: hosts[slot], as: UTF8.self),
          count: slots[slot].leftOut))
      slots[slot].leftOut = 0
    }
    for kind in kinds.indices where kindsLeftOut[kind] > 0 {
      all.append(LeftOut(kind: kinds[kind], peer: Self.others, count: kindsLeftOut[kind]))
      kindsLeftOut[kind] = 0
    }
    return all
  }

  private static func set(of key: UInt64) -> Range<Int> {
    let first = Int(truncatingIfNeeded: key % UInt64(setCount)) * ways
    return first..<first + ways
  }

  private func find(_ key: UInt64) -> Int? {
    for slot in Self.set(of: key) where slots[slot].key == key && slots[slot].kind >= 0 {
      return slot
    }
    return nil
  }

  /// Gives a slot to a kind and peer, in place of the least recently seen ones of the set.
  private mutating func add(
    _ key: UInt64, _ kind: LogKind, _ peer: Span<UInt8>, _ length: Int, _ now: Int64
  ) -> Int {
    let set = Self.set(of: key)
    var slot = set.lowerBound
    for other in set where slots[slot].kind >= 0 {
      let isBetter = slots[other].kind < 0 || slots[other].bucket.at < slots[slot].bucket.at
      if isBetter { slot = other }
    }
    if slots[slot].kind >= 0 { kindsLeftOut[slots[slot].kind] += slots[slot].leftOut }
    hosts[slot].removeAll()
    for index in 0..<length { hosts[slot].append(peer[index]) }
    slots[slot] = Slot(key: key, kind: index(of: kind, now), bucket: Bucket(perSecond, now))
    return slot
  }

  private mutating func index(of kind: LogKind, _ now: Int64) -> Int {
    if let index = kinds.firstIndex(of: kind) { return index }
    kinds.append(kind)
    kindBuckets.append(Bucket(perSecond * Self.sharedFactor, now))
    kindsLeftOut.append(0)
    return kinds.count - 1
  }

  /// The address without its port. A Unix socket is one peer.
  private static func hostLength(_ peer: Span<UInt8>) -> Int {
    guard peer.count > 4, peer[0] == UInt8(ascii: "i"), peer[1] == UInt8(ascii: "p") else {
      return peer.count
    }
    var index = peer.count - 1
    while index > 0, peer[index] != UInt8(ascii: ":") { index -= 1 }
    return index == 0 ? peer.count : index
  }

  /// FNV-1a with a seed that peers cannot know.
  private func hash(_ kind: LogKind, _ peer: Span<UInt8>, _ length: Int) -> UInt64 {
    let prime: UInt64 = 0x100_0000_01B3
    var hash = unsafe UInt64(UInt(bitPattern: kind.message.utf8Start)) ^ seed
    let detail = kind.detail.utf8.span
    for index in detail.indices { hash = (hash ^ UInt64(detail[index])) &* prime }
    // A byte that UTF-8 never has marks the end of the detail.
    hash = (hash ^ 0xFF) &* prime
    for index in 0..<length { hash = (hash ^ UInt64(peer[index])) &* prime }
    return hash ^ hash >> 32
  }
}

extension LogRates {
  /// Tokens that are refilled over time, in millionths of a line.
  private struct Bucket {
    private static let line: Int64 = 1_000_000
    /// A longer time does not fill the bucket further, at any rate.
    private static let longest = LogRates.burstSeconds * 1_000_000

    private var tokens: Int64
    /// The time of the last request.
    private(set) var at: Int64

    init(_ perSecond: Int64, _ now: Int64) {
      tokens = perSecond * LogRates.burstSeconds * Self.line
      at = now
    }

    mutating func take(_ perSecond: Int64, _ now: Int64) -> Bool {
      if now > at {
        let (passed, overflows) = now.subtractingReportingOverflow(at)
        let capacity = perSecond * LogRates.burstSeconds * Self.line
        let isFull = overflows || passed >= Self.longest
        tokens = isFull ? capacity : min(tokens + passed * perSecond, capacity)
      }
      at = now
      guard tokens >= Self.line else { return false }
      tokens -= Self.line
      return true
    }
  }
}
