/// What somebody did, or was refused: one row of the audit.
///
/// A mutation is one event, written in its transaction. Refused calls change nothing: those of one
/// minute that are alike are one event, with their number. Values that a caller sent are never in
/// it, but for names: of resources, of fields, of variables.
public struct AuditEvent: Sendable, Hashable {
  /// The outcome of a call that succeeded.
  public static let success = "OK"

  /// When it was done; of refused calls, the first one.
  public var at: Timestamp
  /// How many calls it stands for: 1, and more only for refused ones.
  public var count: Int64
  /// Who called, and for whom.
  public var principal: Principal
  /// The address that the call came from; empty for a caller within the process.
  public var peer: String
  /// The service and the method, with a slash between them.
  public var method: String
  /// What it was done to.
  public var subject: AuditSubject
  /// The UUID that the caller gave the call; empty for none.
  public var requestId: String
  /// The status code of the answer, by its name in gRPC: `OK`, `PERMISSION_DENIED`.
  public var outcome: String

  public init(
    at: Timestamp, count: Int64 = 1, principal: Principal, peer: String = "", method: String,
    subject: AuditSubject = AuditSubject(), requestId: String = "",
    outcome: String = AuditEvent.success
  ) {
    self.at = at
    self.count = count
    self.principal = principal
    self.peer = peer
    self.method = method
    self.subject = subject
    self.requestId = requestId
    self.outcome = outcome
  }

  /// The method of the event that is the first one under another key.
  public static let keyChangeMethod = "trackd/ChangeAuditKey"

  /// The first event under another key.
  public static func keyChange(at time: Timestamp) -> AuditEvent {
    AuditEvent(
      at: time, principal: Principal(name: "trackd", isVerified: true), method: keyChangeMethod)
  }
}

/// The resource of an event, and what became of it.
public struct AuditSubject: Sendable, Hashable {
  /// As a path of collections and ids: `components/cart/deploymentTracks/v1`. Empty for none.
  public var resource: String
  /// Where the resource lies: whoever administers that may see the event.
  public var place: AccessPlace
  /// The paths of the fields that have other values than before; empty for a new or deleted
  /// resource.
  public var changedFields: [String]
  /// Why the call had this outcome, as errors and decisions name it; empty for nothing to say.
  public var reason: String

  public init(
    _ resource: String = "", at place: AccessPlace = .everywhere, changedFields: [String] = [],
    reason: String = ""
  ) {
    self.resource = resource
    self.place = place
    self.changedFields = changedFields
    self.reason = reason
  }
}

extension AuditSubject {
  /// A track of a component, or something that it has.
  ///
  /// - Parameters:
  ///   - component: of the track.
  ///   - trackId: of the track.
  ///   - rest: a collection and an id, such as `images/01H`; empty for the track itself.
  ///   - environmentId: the environment that it is about; empty for none.
  public init(
    trackOf component: ComponentContext, _ trackId: String, _ rest: String = "",
    environmentId: String = "", changedFields: [String] = [], reason: String = ""
  ) {
    var parts = ["components", component.component.id]
    if !trackId.isEmpty { parts += ["deploymentTracks", trackId] }
    if !rest.isEmpty { parts.append(rest) }
    self.init(
      parts.joined(separator: "/"), at: AccessPlace(component).into(environmentId: environmentId),
      changedFields: changedFields, reason: reason)
  }

  /// The paths of the changed fields as stores keep them: a line each.
  public var changedFieldsText: String { changedFields.joined(separator: "\n") }

  /// Reads `changedFieldsText`.
  public static func changedFields(text: String) -> [String] {
    if text.isEmpty { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The component that a path lies in; nil for a path elsewhere.
  static func componentId(ofResource path: String) -> String? {
    let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0] == "components", !parts[1].isEmpty else { return nil }
    return String(parts[1])
  }
}

extension CatalogKind {
  /// The collection of the resources of this kind, in paths (AIP-122).
  public var collectionId: String {
    switch self {
    case .organization: "organizations"
    case .project: "projects"
    case .component: "components"
    case .environment: "environments"
    case .deploymentPipeline: "deploymentPipelines"
    }
  }
}
