/// Why a store could not do what it was asked to.
///
/// Constraints that the use cases check first are no such reason: their violation is `.failed`.
public struct StoreError: Error, Sendable, Equatable {
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// Not now: the store is closed, failed, overloaded, or lost the transaction twice. Nothing was
    /// written; trying again later may help.
    case unavailable
    /// No space is left. Reading goes on.
    case full
    /// The database answered with what should not happen.
    case failed
    /// A row holds what no version of trackd writes: somebody changed it by hand, or the disk did.
    case corrupt
  }

  public let kind: Kind
  /// Whether it was one row's fault: the same write without that row may work.
  public var isOfOneRow: Bool { kind == .failed || kind == .corrupt }
  /// For the log, never for callers: may hold SQL and paths.
  public let detail: String

  public init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }
}
