import Crypto
import RPC
import TrackAccess
import Wire

/// What the last credential on a connection came to. Nearly all calls of a connection have the same
/// one, and need neither look it up nor copy what it proved.
///
/// Kept by the connection (`RequestHeaders.connectionNote`), and confined to its executor.
final class ConnectionCaller {
  /// The `authorization` field; nil for calls without one.
  private let field: [UInt8]?
  /// Of the verifier that judged it.
  private let generation: Int
  private let outcome: Result<ProvedCaller, CredentialFault>
  /// The last header block with the credential, and whether it names an actor: most blocks of a
  /// connection are the same.
  private var block = HeaderFields()
  private(set) var namesActor = false
  /// A call's values with the caller in them; none of an anonymous caller.
  let storage: CallStorage

  /// - Parameters:
  ///   - field: an `authorization` field.
  ///   - generation: of the verifier (`CallerVerifier.generation`).
  ///   - outcome: what it came to; a fault that lasts.
  init(
    _ field: [UInt8], _ generation: Int, _ outcome: Result<ProvedCaller, CredentialFault>
  ) {
    self.field = field
    self.generation = generation
    self.outcome = outcome
    storage = CallStorage(of: try? outcome.get())
  }

  /// - Parameter caller: whom the connection itself proves.
  init(connection caller: Caller) {
    let proved = ProvedCaller(caller, .connection)
    field = nil
    generation = 0
    outcome = .success(proved)
    storage = CallStorage(of: proved)
  }

  /// Whether it is about a field of these bytes, which no reload has touched since.
  func isAbout(_ field: Span<UInt8>, _ generation: Int) -> Bool {
    guard self.generation == generation, let own = self.field else { return false }
    // Several clients may share the connection of a proxy: the time tells none of them how much of
    // another's token it has.
    return ConstantTime.areEqual(own.span, field)
  }

  /// Whether it is about the credential of this block, which is the last one.
  func isAbout(_ block: HeaderFields, _ generation: Int) -> Bool {
    (field == nil || self.generation == generation) && self.block.isSameObject(as: block)
  }

  /// Bytes of the largest block, and of the largest field, that a connection keeps. Larger blocks
  /// share their memory with no other.
  static let mostBytes = 4096

  /// It is about this block, too.
  func met(_ block: HeaderFields, namesActor: Bool) {
    self.block = block.bytes.count <= Self.mostBytes ? block : HeaderFields()
    self.namesActor = namesActor
  }

  /// Whether it is about calls without a credential of their own.
  var isAboutConnection: Bool { field == nil }

  /// The caller, as long as its credential counts.
  ///
  /// - Parameter now: seconds since 1970.
  func proved(at now: Int64) throws(CredentialFault) -> ProvedCaller {
    let proved = try outcome.get()
    if field != nil, proved.isOver(at: now) { throw .expired }
    return proved
  }
}

extension CallStorage {
  fileprivate init(of proved: ProvedCaller?) {
    self.init()
    if let proved, !proved.caller.isAnonymous { self[CallerKey.self] = proved }
  }
}
