public import RPC
public import TrackAccess

/// Where admission leaves the caller that it has found.
public enum CallerKey: CallStorageKey { public typealias Value = Caller }

extension ServerContext {
  /// Who calls, as admission found out; anonymous where nothing did.
  var caller: Caller { storage[CallerKey.self] ?? .anonymous }
}
