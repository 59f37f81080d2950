import RPC
public import TrackAccess
import TrackDomain
import TrackMessages

/// What the callers of a server may do, under the policy in force: each event loop keeps the rights
/// of its callers, compiled, until the policy changes.
public final class CallerAccess: Sendable {
  /// Nil: everybody may do everything.
  let control: AccessControl?
  private let shelves: ExecutorLocal<Shelf>

  public init(_ control: AccessControl? = nil) {
    self.control = control
    shelves = ExecutorLocal { Shelf() }
  }

  /// What the caller of a method may do. On the call's executor.
  func access(_ context: ServerContext) -> Access {
    guard let control else { return .unrestricted }
    let verb = context.method.requiredVerb ?? .administer
    let proved = context.storage[CallerKey.self]
    guard let shelf = shelves.value(on: context.executor) else {
      return Access(control.rights(of: proved?.caller ?? .anonymous), verb: verb)
    }
    return Access(shelf.rights(of: proved, control), verb: verb)
  }

  /// Used on its executor's thread only.
  final class Shelf {
    /// Names by their bytes: to a string two spellings of one character are the same, to a policy
    /// they are not.
    private struct Key: Hashable {
      let caller: Caller

      static func == (left: Key, right: Key) -> Bool {
        left.caller.principal.hasSameBytes(as: right.caller.principal)
          && left.caller.groups.elementsEqual(right.caller.groups) { $0.hasSameBytes(as: $1) }
      }

      func hash(into hasher: inout Hasher) {
        hasher.combine(caller.principal)
        hasher.combine(caller.groups.count)
      }
    }

    /// Further callers take the place of all: bounded, and rare.
    private static var capacity: Int { 4096 }

    private var version: UInt64 = 0
    private var kept: [Key: CallerRights] = [:]
    /// Most calls are of the caller of the one before, who is known by its object then.
    private var last: (proved: ProvedCaller?, rights: CallerRights)?

    /// - Parameter proved: nil for an anonymous caller.
    func rights(of proved: ProvedCaller?, _ control: AccessControl) -> CallerRights {
      let now = control.version
      if now != version || kept.count >= Self.capacity {
        kept.removeAll(keepingCapacity: true)
        last = nil
        version = now
      }
      if let last, last.proved === proved { return last.rights }
      let caller = proved?.caller ?? .anonymous
      let key = Key(caller: caller)
      let rights = kept[key] ?? control.rights(of: caller)
      kept[key] = rights
      last = (proved, rights)
      return rights
    }
  }
}

extension MethodDescriptor {
  /// The numbers of the options that `access.proto` declares.
  private enum Option {
    static let requiredVerb: UInt32 = 50_101
    static let openToAll: UInt32 = 50_102
  }

  /// The least that a caller of the method needs, as the contract says; nil where it says nothing.
  var requiredVerb: TrackDomain.Verb? {
    guard let value = customOption(Option.requiredVerb), let number = Int32(exactly: value) else {
      return nil
    }
    return TrackDomain.Verb(TrackMessages.Verb(rawValue: number))
  }

  /// Whether every caller may call the method, as the contract says.
  var isOpenToAll: Bool { customOption(Option.openToAll) == 1 }
}

extension TrackDomain.Verb {
  /// Nil for a number that has no meaning here.
  init?(_ verb: TrackMessages.Verb) {
    switch verb {
    case .read: self = .read
    case .save: self = .save
    case .write: self = .write
    case .deploy: self = .deploy
    case .rollback: self = .rollback
    case .bypass: self = .bypass
    case .administer: self = .administer
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension TrackMessages.Verb {
  init(_ verb: TrackDomain.Verb) {
    switch verb {
    case .read: self = .read
    case .save: self = .save
    case .write: self = .write
    case .deploy: self = .deploy
    case .rollback: self = .rollback
    case .bypass: self = .bypass
    case .administer: self = .administer
    }
  }
}

extension String {
  /// Whether the two are the same byte for byte.
  fileprivate func hasSameBytes(as other: String) -> Bool {
    let (own, other) = (utf8.span, other.utf8.span)
    guard own.count == other.count else { return false }
    for index in own.indices where own[index] != other[index] { return false }
    return true
  }
}
