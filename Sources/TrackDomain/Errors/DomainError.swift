/// Why a use case refused a call, with everything that the caller should know.
///
/// Only the functions in `DomainError+….swift` make one, a function for each reason.
public struct DomainError: Error, Sendable, Equatable {
  /// The class of the failure; the names are gRPC's.
  public enum Kind: Sendable, Hashable, CaseIterable {
    case invalidArgument
    case notFound
    case permissionDenied
    case alreadyExists
    case resourceExhausted
    case failedPrecondition
    case aborted
    case outOfRange
    /// A system that the call needs is down; trying again later may help.
    case unavailable
  }

  /// The resource that the error is about.
  public struct Resource: Sendable, Equatable {
    /// The type's name, such as `DeploymentTrack`.
    public var type: String
    public var name: String
  }

  /// A limit that was reached, or a condition that does not hold.
  public struct Condition: Sendable, Equatable {
    /// The resource that it applies to, such as `components/billing`.
    public var subject: String
    public var description: String
  }

  public let kind: Kind
  public let reason: ErrorReason
  /// A sentence for people; goes to the caller.
  public let message: String
  /// Every value that the message names.
  public let metadata: [String: String]
  public let fields: [FieldViolation]
  public let resource: Resource?
  public let quota: Condition?
  public let precondition: Condition?
  /// After how many seconds trying again makes sense; nil when it never does, or when that is
  /// unknown.
  public let retrySeconds: Int64?

  init(
    _ kind: Kind, _ reason: ErrorReason, _ message: String, metadata: [String: String] = [:],
    fields: [FieldViolation] = [], resource: Resource? = nil, quota: Condition? = nil,
    precondition: Condition? = nil, retrySeconds: Int64? = nil
  ) {
    self.kind = kind
    self.reason = reason
    self.message = message
    self.metadata = metadata
    self.fields = fields
    self.resource = resource
    self.quota = quota
    self.precondition = precondition
    self.retrySeconds = retrySeconds
  }
}
