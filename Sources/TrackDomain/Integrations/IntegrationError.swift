/// Why a system outside of trackd could not do what it was asked to.
public struct IntegrationError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// Down, too slow, or unable just now: trying again may help.
    case unavailable
    /// It understood and refuses: trying again does not help.
    case refused
    /// It does not have what was asked for.
    case notFound
    /// It does not let trackd in.
    case accessDenied
    /// What was asked for is not allowed, or too large.
    case invalid
    /// It has something under that name, but no commit.
    case notACommit
    /// A lock that is in the way of what was asked for stays there: somebody has to see to it.
    case locked
    /// Something that it keeps cannot be read any more: somebody has to see to it.
    case damaged
    /// Whoever asked did not wait for the answer: the task was cancelled. It says nothing about the system,
    /// and is nobody's outcome: whoever set the limit says that the time was over.
    case cancelled
  }

  public let kind: Kind
  /// A sentence for people that goes to callers and into the history: no credentials, no paths of
  /// the server.
  public let message: String
  /// For `.unavailable` when nobody was asked, because asking is useless for now: how long until it
  /// makes sense. Such an error is no attempt: whoever caps attempts does not count it. Nil when the
  /// system was asked.
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
