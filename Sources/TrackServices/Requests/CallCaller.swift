public import RPC
public import TrackAccess

/// Where admission leaves the caller that it has found, and what it was believed for: that may have
/// to be asked again.
public enum CallerKey: CallStorageKey { public typealias Value = ProvedCaller }

extension ServerContext {
  /// Who calls, as admission found out; anonymous where nothing did.
  var caller: Caller { storage[CallerKey.self]?.caller ?? .anonymous }
}
