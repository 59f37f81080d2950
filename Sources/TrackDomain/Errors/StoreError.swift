/// Why a store could not do its work.
///
/// A violated constraint that use cases check beforehand has no case of its own: it is `.failed`.
public struct StoreError: Error, Sendable, Equatable {
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// The store is closed, failed or overloaded, or lost the transaction twice. Nothing was
    /// written; trying again later may help.
    case unavailable
    /// No space is left. Reads go on.
    case full
    /// The database gave an answer that it should never give.
    case failed
    /// A row holds a value that no version of trackd writes: somebody, or the disk, changed it.
    case corrupt
  }

  public let kind: Kind
  /// Whether one row caused it: the same write without that row may work.
  public var isOfOneRow: Bool { kind == .failed || kind == .corrupt }
  /// For the log, never for callers: may hold SQL and paths.
  public let detail: String

  public init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }
}
