/// Lines that say the same thing, and are counted together.
struct LogKind: Equatable {
  let message: StaticString
  /// What tells lines of one message apart: the code of a call, why something was refused.
  let detail: String

  /// A text that stands in two places of the program makes two kinds: it is compared by its address.
  static func == (left: LogKind, right: LogKind) -> Bool {
    unsafe left.message.utf8Start == right.message.utf8Start && left.detail == right.detail
  }
}

/// Decides which log lines are written, so that no peer can fill a disk: lines of one kind and peer
/// have a rate, and those of one kind and all peers together have `sharedFactor` times as much.
///
/// Nothing is left out without being counted. Pure: times are handed in as microseconds of any clock; one
/// that is set back only gives nothing until it has caught up with itself. Bounded: of more peers than
/// there is room for, those that were not heard of for the longest time are forgotten, and what was
/// left out of them is counted among `others`.
struct LogRates {
  /// Lines that were left out.
  struct LeftOut: Equatable {
    let kind: LogKind
    /// An address without its port, `others`, or empty for what no peer did.
    let peer: String
    let count: Int64
  }

  private struct Entry {
    let key: UInt64
    let kind: Int
    let host: [UInt8]
    var bucket: Bucket
    var leftOut: Int64 = 0
  }

  private struct Kind {
    let kind: LogKind
    var bucket: Bucket
    /// Of peers that were forgotten.
    var leftOut: Int64 = 0
  }

  static let burstSeconds: Int64 = 5
  static let sharedFactor: Int64 = 10
  /// How long what was left out may stay untold.
  static let patience: Int64 = 1_000_000
  static let setCount = 128
  /// Peers and kinds that are remembered in one set: which set it is, the peer cannot know.
  static let ways = 8
  static let others = "others"

  private let perSecond: Int64
  private let seed: UInt64
  private var sets: [[Entry]] = Array(repeating: [], count: setCount)
  private var kinds: [Kind] = []
  /// When the first line was left out that nobody was told of.
  private var untoldSince: Int64?

  /// - Parameters:
  ///   - perSecond: lines of one kind and peer; no limit when 0.
  ///   - seed: keeps peers from choosing addresses that share a set.
  init(perSecond: Int, seed: UInt64) {
    self.perSecond = Int64(perSecond)
    self.seed = seed
  }

  var hasLeftOut: Bool { untoldSince != nil }

  /// Whether a line may be written; one that may not is counted.
  ///
  /// - Parameter peer: what caused it, with its port; empty when nobody in particular did.
  mutating func allows(_ kind: LogKind, peer: String, now: Int64) -> Bool {
    guard perSecond > 0 else { return true }
    let bytes = peer.utf8.span
    let length = Self.hostLength(bytes)
    let key = hash(kind, bytes, length)
    let set = Int(truncatingIfNeeded: key % UInt64(Self.setCount))
    let way = find(kind, bytes, length, key, set) ?? add(kind, bytes, length, key, set, now)
    let kindIndex = sets[set][way].kind
    if sets[set][way].bucket.take(perSecond, now),
      kinds[kindIndex].bucket.take(perSecond * Self.sharedFactor, now)
    {
      return true
    }
    sets[set][way].leftOut += 1
    if untoldSince == nil { untoldSince = now }
    return false
  }

  /// What was left out since the last time; empty when it may wait for more.
  ///
  /// - Parameter atOnce: it may not.
  mutating func takeLeftOut(now: Int64, atOnce: Bool = false) -> [LeftOut] {
    guard let since = untoldSince else { return [] }
    guard atOnce || now < since || now - since >= Self.patience else { return [] }
    untoldSince = nil
    var all: [LeftOut] = []
    for set in sets.indices {
      for way in sets[set].indices where sets[set][way].leftOut > 0 {
        let entry = sets[set][way]
        all.append(
          LeftOut(
            kind: kinds[entry.kind].kind, peer: String(decoding: entry.host, as: UTF8.self),
            count: entry.leftOut))
        sets[set][way].leftOut = 0
      }
    }
    for index in kinds.indices where kinds[index].leftOut > 0 {
      all.append(
        LeftOut(kind: kinds[index].kind, peer: Self.others, count: kinds[index].leftOut))
      kinds[index].leftOut = 0
    }
    return all
  }

  private func find(
    _ kind: LogKind, _ peer: Span<UInt8>, _ length: Int, _ key: UInt64, _ set: Int
  ) -> Int? {
    for way in sets[set].indices
    where sets[set][way].key == key && kinds[sets[set][way].kind].kind == kind
      && Self.isSame(sets[set][way].host, peer, length)
    {
      return way
    }
    return nil
  }

  private static func isSame(_ host: [UInt8], _ peer: Span<UInt8>, _ length: Int) -> Bool {
    guard host.count == length else { return false }
    for index in 0..<length where host[index] != peer[index] { return false }
    return true
  }

  /// Remembers a peer and a kind, in the place of those that were not heard of for the longest time.
  private mutating func add(
    _ kind: LogKind, _ peer: Span<UInt8>, _ length: Int, _ key: UInt64, _ set: Int, _ now: Int64
  ) -> Int {
    var host: [UInt8] = []
    for index in 0..<length { host.append(peer[index]) }
    let entry = Entry(
      key: key, kind: index(of: kind, now), host: host, bucket: Bucket(perSecond, now))
    guard sets[set].count == Self.ways else {
      sets[set].append(entry)
      return sets[set].count - 1
    }
    var oldest = 0
    for way in sets[set].indices where sets[set][way].bucket.at < sets[set][oldest].bucket.at {
      oldest = way
    }
    kinds[sets[set][oldest].kind].leftOut += sets[set][oldest].leftOut
    sets[set][oldest] = entry
    return oldest
  }

  private mutating func index(of kind: LogKind, _ now: Int64) -> Int {
    if let index = kinds.firstIndex(where: { $0.kind == kind }) { return index }
    kinds.append(Kind(kind: kind, bucket: Bucket(perSecond * Self.sharedFactor, now)))
    return kinds.count - 1
  }

  /// All but the port. A Unix socket is one peer.
  private static func hostLength(_ peer: Span<UInt8>) -> Int {
    guard peer.count > 4, peer[0] == UInt8(ascii: "i"), peer[1] == UInt8(ascii: "p") else {
      return peer.count
    }
    var index = peer.count - 1
    while index > 0, peer[index] != UInt8(ascii: ":") { index -= 1 }
    return index == 0 ? peer.count : index
  }

  /// FNV-1a, from a start that nobody outside knows.
  private func hash(_ kind: LogKind, _ peer: Span<UInt8>, _ length: Int) -> UInt64 {
    let prime: UInt64 = 0x100_0000_01B3
    var hash = unsafe UInt64(UInt(bitPattern: kind.message.utf8Start)) ^ seed
    hash = (hash ^ UInt64(kind.detail.utf8.count)) &* prime
    for index in 0..<length { hash = (hash ^ UInt64(peer[index])) &* prime }
    return hash ^ hash >> 32
  }
}

extension LogRates {
  /// Tokens that come back with time, in millionths of a line.
  private struct Bucket {
    private static let line: Int64 = 1_000_000
    /// More does not fill it further, at any rate.
    private static let longest = LogRates.burstSeconds * 1_000_000

    private var tokens: Int64
    /// When it was last asked.
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
