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
}
