/// A place in a store's change log, behind a change: bytes that the store makes and reads, and that
/// are opaque to everybody else. Clients bring them back in resume tokens.
///
/// Of two places of a store the one whose bytes come first is the earlier one: reads that go on
/// behind it find all that was committed since, in the order of their places. A store whose numbers
/// are not given in the order of its commits puts into its places what is.
public struct LogPlace: Sendable, Hashable, Comparable {
  /// Before the first change, in every store.
  public static let start = LogPlace([])

  /// 512 at most.
  public let bytes: [UInt8]

  /// For stores.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  public static func < (left: LogPlace, right: LogPlace) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

/// A change with its place in the log.
public struct LoggedChange: Sendable, Hashable {
  /// Behind the change.
  public var place: LogPlace
  public var change: Change

  public init(place: LogPlace, change: Change) {
    self.place = place
    self.change = change
  }
}

/// Whether a watch may go on behind a place that a client brought back.
public enum Resumption: Sendable, Hashable {
  /// It may: all that came after this place is kept.
  case behind(LogPlace)
  /// Changes after it are not kept any more.
  case tooOld
  /// The log does not have the change before it any more: the store was put back to an earlier
  /// state. `isNews` says that the store is to be told (`noteRestore`).
  case undone(isNews: Bool)
  /// No store of this kind made such a place.
  case invalid
}
