public import RPC
import TrackAccess
import TrackDomain
import Wire

/// Finds out who calls, before anything else is looked at.
///
/// A call with `authorization` is judged by it alone: a bad one is refused, whatever its connection
/// proves. Else the connection counts: its certificate, the user at the other end of a Unix socket,
/// loopback. Health checks need nobody.
///
/// The metadata `trackd-actor`, or `trackd-actor-bin` for names that text metadata cannot hold, is
/// whom an authenticated caller acts for, and the claimed name of another. It refuses no call,
/// because reads do not use the name: an invalid one fails the calls that read
/// `ServerContext.actor`.
public struct CallerAdmission: RequestAdmission {
  private static let authorization: StaticString = "authorization"

  private let gate: AccessGate
  private let now: @Sendable () -> Int64

  /// It is the first admission of its server: the call's values begin with its own.
  ///
  /// - Parameter now: the time of day, in seconds since 1970.
  public init(_ gate: AccessGate = AccessGate(), now: @escaping @Sendable () -> Int64 = { 0 }) {
    self.gate = gate
    self.now = now
  }

  public func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
    do throws(CredentialFault) {
      let known = try known(request)
      let proved = try known.proved(at: now())
      storage = known.storage
      if !proved.caller.isAnonymous { endInTime(proved, request, &storage) }
      guard known.namesActor else { return }
      storage[ClaimKey.self] = ClaimedActor.read(
        request, by: proved.caller, mayActForOthers: gate.mayActForOthers)
      storage[ClaimPeerKey.self] = request.peerCredentials
    } catch {
      if request.isEssential { return }
      throw .refused(error)
    }
  }

  /// A credential that has ended, or was taken back, counts for no message that comes later; nor does
  /// the right to act for others.
  public func readmit(
    _ method: MethodDescriptor, _ storage: CallStorage, on executor: any CallExecutor
  ) throws(RPCError) {
    guard let proved = storage[CallerKey.self] else { return }
    do throws(CredentialFault) {
      try gate.check(proved, on: executor, now: now())
    } catch {
      throw .refused(error)
    }
    guard case .success(let actor)? = storage[ClaimKey.self], !actor.onBehalfOf.isEmpty,
      let peer = storage[ClaimPeerKey.self], !gate.mayActForOthers(proved.caller, peer)
    else { return }
    throw .mayNotAct(proved.caller.principal)
  }

  /// What the request's credential comes to: as for the request before on its connection where it is
  /// the same.
  private func known(_ request: RequestHeaders) throws(CredentialFault) -> ConnectionCaller {
    let note = request.connectionNote as? ConnectionCaller
    let generation = gate.generation(on: request.executor)
    if let note, note.isAbout(request.fields, generation) { return note }
    let fields = Self.fields(of: request)
    let known = try known(request, fields, note, generation)
    known.met(request.fields, namesActor: fields.namesActor)
    if known !== note, fields.authorization.count <= ConnectionCaller.mostBytes {
      request.connectionNote = known
    }
    return known
  }

  private func known(
    _ request: RequestHeaders, _ fields: Fields, _ note: ConnectionCaller?, _ generation: Int
  ) throws(CredentialFault) -> ConnectionCaller {
    switch fields.authorizations {
    case 0:
      if let note, note.isAboutConnection { return note }
      return ConnectionCaller(connection: try gate.caller(of: request.peerCredentials))
    case 1:
      let bytes = request.fields.bytes
      if let note, note.isAbout(bytes.span.extracting(fields.authorization), generation) {
        return note
      }
      let field = bytes[fields.authorization]
      let outcome: Result<ProvedCaller, CredentialFault>
      do throws(CredentialFault) {
        outcome = .success(try gate.caller(authorizing: field, request, now: now()))
      } catch {
        guard error.isLasting else { throw error }
        outcome = .failure(error)
      }
      return ConnectionCaller(Array(field), generation, outcome)
    default: throw .malformed
    }
  }

  /// Ends a stream with its caller's credential.
  private func endInTime(
    _ proved: ProvedCaller, _ request: RequestHeaders, _ storage: inout CallStorage
  ) {
    // A unary call has its right for as long as it takes once its message is there (`readmit`); a
    // stream may outlive it.
    guard let method = request.method, method.kind != .unary else { return }
    guard let end = proved.caller.expiresAt else { return }
    let now = now()
    // One that is in its time of grace runs to the end of that.
    let left = (end > now ? end : end + JWTIssuer.skew) - now
    guard left < Self.longest else { return }
    storage[CallEnd.self] = CallEnd(
      at: request.executor.currentInstant + .seconds(max(0, left)), status: .credentialEnded)
  }

  /// Of a timer, in seconds: ten years.
  private static let longest: Int64 = 10 * 365 * 86_400

  // MARK: Fields

  private struct Fields {
    var authorizations = 0
    var authorization = 0..<0
    var namesActor = false
  }

  /// One look at all fields. The length tells nearly all names apart, so few are looked at.
  private static func fields(of request: RequestHeaders) -> Fields {
    var found = Fields()
    let bytes = request.fields.bytes.span
    for field in request.fields {
      switch field.name.count {
      case authorization.utf8CodeUnitCount:
        guard bytes.extracting(field.name).equals(authorization) else { continue }
        found.authorizations += 1
        found.authorization = field.value
      case ClaimedActor.text.utf8CodeUnitCount:
        if bytes.extracting(field.name).equals(ClaimedActor.text) { found.namesActor = true }
      case ClaimedActor.binary.utf8CodeUnitCount:
        if bytes.extracting(field.name).equals(ClaimedActor.binary) { found.namesActor = true }
      default: continue
      }
    }
    return found
  }
}
