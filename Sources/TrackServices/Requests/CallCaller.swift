public import RPC
public import TrackAccess

/// Where admission leaves the caller that it has found.
public enum CallerKey: CallStorageKey { public typealias Value = Caller }

/// What the caller was believed for: it may have to be asked again.
enum ProofKey: CallStorageKey { typealias Value = CallerProof }

extension ServerContext {
  /// Who calls, as admission found out; anonymous where nothing did.
  var caller: Caller { storage[CallerKey.self] ?? .anonymous }
}
