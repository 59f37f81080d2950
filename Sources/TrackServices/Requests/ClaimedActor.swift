import RPC
import TrackAccess
package import TrackDomain
import Wire

/// The name in the metadata `trackd-actor` or `trackd-actor-bin`: at most 255 characters.
enum ClaimedActor {
  static let text: StaticString = "trackd-actor"
  static let binary: StaticString = "trackd-actor-bin"

  /// What is recorded of a call that names somebody.
  static func read(
    _ request: RequestHeaders, by caller: Caller, mayActForOthers: AccessGate.ActingRule
  ) -> Result<Principal, RPCError> {
    let name: String
    do throws(DomainError) {
      name = try claim(request)
    } catch {
      return .failure(RPCError(error))
    }
    if caller.isAnonymous { return .success(Principal(name: name, isVerified: false)) }
    let principal = Principal(name: caller.principal, isVerified: true, onBehalfOf: name)
    guard !name.isEmpty, !name.utf8.elementsEqual(caller.principal.utf8) else {
      return .success(Principal(name: caller.principal, isVerified: true))
    }
    guard mayActForOthers(caller, request.peerCredentials) else {
      return .failure(.mayNotAct(caller.principal))
    }
    return .success(principal)
  }

  private static func claim(_ request: RequestHeaders) throws(DomainError) -> String {
    let metadata = request.metadata
    let textual = metadata["\(text)"]
    // Read leniently, two callers could have one name.
    if let bytes = request.fields.value(text), String(validating: bytes, as: UTF8.self) == nil {
      throw .invalid("\(text)", InvalidValue(.invalidActor, "must be UTF-8"))
    }
    let binary = try binaryName(metadata)
    if let textual, let binary, textual != binary {
      throw .invalid(
        "\(Self.binary)", InvalidValue(.invalidActor, "names somebody else than \(text)"))
    }
    guard let name = binary ?? textual else { return "" }
    do {
      return try TextRule.actor.check(name)
    } catch {
      throw .invalid(binary == nil ? "\(text)" : "\(Self.binary)", error)
    }
  }

  private static func binaryName(_ metadata: Metadata) throws(DomainError) -> String? {
    guard metadata["\(binary)"] != nil else { return nil }
    guard let bytes = metadata.binaryValues("\(binary)").first,
      let name = String(validating: bytes, as: UTF8.self)
    else {
      throw .invalid("\(binary)", InvalidValue(.invalidActor, "must be UTF-8, in base64"))
    }
    return name
  }
}

extension RPCError {
  static func mayNotAct(_ principal: String) -> RPCError {
    var info = ErrorInfo()
    info.reason = "ACTING_FOR_OTHERS_REFUSED"
    info.domain = "trackd"
    info.metadata = ["principal": principal]
    return RPCError(
      .permissionDenied, "\(principal) may not act for others: leave 'trackd-actor' out",
      details: [ErrorDetail(info)])
  }
}

/// Only of calls that name somebody.
enum ClaimKey: CallStorageKey { typealias Value = Result<Principal, RPCError> }

/// What the connection of such a call proves: the right to act for others may go meanwhile.
enum ClaimPeerKey: CallStorageKey { typealias Value = PeerCredentials }

extension CallStorage {
  /// Who a call says makes it, as far as that was understood: for calls that were refused.
  package var claimedActor: Principal {
    if case .success(let principal)? = self[ClaimKey.self] { return principal }
    return Principal(
      name: self[CallerKey.self]?.caller.principal ?? "", isVerified: self[CallerKey.self] != nil)
  }
}

extension ServerContext {
  /// Who is recorded for what the call changes; throws when the name that it gives is invalid, or
  /// its caller may give none.
  var actor: Principal {
    get throws {
      if let claimed = storage[ClaimKey.self] { return try claimed.get() }
      return ownActor
    }
  }

  /// The caller itself, whatever name the call gives.
  var ownActor: Principal {
    guard let caller = storage[CallerKey.self]?.caller else {
      return Principal(name: "", isVerified: false)
    }
    return Principal(name: caller.principal, isVerified: true)
  }
}
