/// Why a system outside of trackd could not do its work.
public struct IntegrationError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// Down, too slow, or unable at the moment: trying again may help.
    case unavailable
    /// The system understood the request and refuses it: trying again does not help.
    case refused
    /// The system does not have what the request names.
    case notFound
    /// The system does not let trackd in.
    case accessDenied
    /// The request is not allowed, or too large.
    case invalid
    /// The system has an object under that name that is no commit.
    case notACommit
    /// A lock is in the way and does not go away: an operator has to remove it.
    case locked
    /// Data of the system cannot be read any more: an operator has to repair it.
    case damaged
    /// The task was cancelled before the answer came. This says nothing about the system and is
    /// never an outcome: the code that set the limit reports that the time is over.
    case cancelled
  }

  public let kind: Kind
  /// A sentence for people that goes to callers and into the history: without credentials and
  /// without paths of the server.
  public let message: String
  /// Set for `.unavailable` when the system was not asked, because asking is useless for this long.
  /// Such an error does not count as an attempt. Nil when the system was asked.
  public let retryAfter: Duration?

  public init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The task was cancelled before there was an answer.
  public static let cancelled = IntegrationError(.cancelled, "nobody waited for the answer")

  /// Whether trying again may help.
  public var isTemporary: Bool {
    switch kind {
    case .unavailable, .locked, .damaged, .cancelled: true
    case .refused, .notFound, .accessDenied, .invalid, .notACommit: false
    }
  }
}
