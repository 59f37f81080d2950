extension DomainError {
  /// Why a watch cannot go on and has to begin anew. The raw value goes to the caller.
  public enum ResyncCause: String, Sendable, CaseIterable {
    case tokenTooOld = "the resume token is older than the changes that are kept"
    case undone =
      "the database was put back to an earlier state, without the change that the token names"
    case stateTooLarge = "there is no room for a state of that size"
    case tooSlow = "the watcher takes its messages too slowly"
    case rightsChanged = "the rights of the caller have changed"
    case stateTooLong = "sending the state took too long"
  }

  public static func resync(_ cause: ResyncCause) -> DomainError {
    DomainError(
      .outOfRange, .resync, "\(cause.rawValue): watch anew, without a token",
      metadata: ["cause": cause.rawValue])
  }

  /// The request names a project and a component; a watch has one scope.
  public static func twoScopes() -> DomainError {
    invalid(
      "project_id", InvalidValue(.invalidId, "must be empty where component_id is not"))
  }

  /// As many calls follow the audit as may.
  public static func tooManyFollowers(limit: Int, ofCaller: Bool) -> DomainError {
    DomainError(
      .resourceExhausted, .tooManyFollowers,
      "\(limit) calls\(ofCaller ? " of this caller" : "") follow the audit already: end one of them",
      metadata: ["limit": "\(limit)"], retrySeconds: 30)
  }

  /// The server shuts down, and with it the streams that never end by themselves.
  public static func serverDraining(method: String) -> DomainError {
    DomainError(
      .unavailable, .serverDraining,
      "the server shuts down, which ends \(method): go on with another one, or with the next",
      metadata: ["method": method], retrySeconds: 1)
  }
}
