public import RPC
public import TrackAccess
import TrackDomain

/// Decides on the methods of services that are not trackd's own, whose contracts say nothing of
/// verbs: one table. The methods of trackd's own services are decided on in their handlers, where
/// the resources are known.
public struct MethodAdmission: RequestAdmission {
  private let first: any RequestAdmission
  private let control: AccessControl?

  /// - Parameters:
  ///   - first: finds out who calls.
  ///   - control: the policy; nil: everybody may do everything.
  public init(_ first: any RequestAdmission, policy control: AccessControl?) {
    self.first = first
    self.control = control
  }

  /// What the callers of a service need.
  enum Rule {
    /// Every caller may call it.
    case open
    /// In all organizations.
    case verb(Verb)
  }

  /// Health tells nothing but whether trackd serves, and reflection what is published anyway.
  /// Channelz tells who is connected. Whatever is not listed needs the most.
  static func rule(ofService name: String) -> Rule {
    switch name {
    case "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection":
      .open
    default: .verb(.administer)
    }
  }

  public func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
    try first.admit(request, &storage)
    guard let method = request.method, try decides(on: method, storage) else { return }
    // It is to be asked again for a message that comes late.
    storage[DecidedKey.self] = true
  }

  private enum DecidedKey: CallStorageKey { typealias Value = Bool }

  public func readmit(
    _ method: MethodDescriptor, _ storage: CallStorage, on executor: any CallExecutor
  ) throws(RPCError) {
    try first.readmit(method, storage, on: executor)
    _ = try decides(on: method, storage)
  }

  /// Whether the table decides on the method; throws when it refuses the call.
  private func decides(
    on method: MethodDescriptor, _ storage: CallStorage
  ) throws(RPCError) -> Bool {
    guard let control, method.requiredVerb == nil, !method.isOpenToAll,
      case .verb(let verb) = Self.rule(ofService: method.service)
    else { return false }
    let caller = storage[CallerKey.self]?.caller ?? .anonymous
    guard control.rights(of: caller).verbs(at: .everywhere).contains(verb) else {
      throw RPCError(DomainError.noRight(to: verb, at: .everywhere))
    }
    return true
  }
}
