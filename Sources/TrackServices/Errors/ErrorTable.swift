import Protobuf
import RPC
import TrackDomain

// The one table from the domain's errors to RPC codes and details.

extension DomainError.Kind {
  var code: StatusCode {
    switch self {
    case .invalidArgument: .invalidArgument
    case .notFound: .notFound
    case .permissionDenied: .permissionDenied
    case .alreadyExists: .alreadyExists
    case .resourceExhausted: .resourceExhausted
    case .failedPrecondition: .failedPrecondition
    case .aborted: .aborted
    case .outOfRange: .outOfRange
    case .unavailable: .unavailable
    }
  }
}

extension RPCError {
  init(_ error: DomainError) {
    var details = [ErrorDetail(ErrorInfo(error.reason, error.metadata))]
    if !error.fields.isEmpty { details.append(ErrorDetail(BadRequest(error.fields))) }
    if let quota = error.quota { details.append(ErrorDetail(QuotaFailure(quota))) }
    if let condition = error.precondition {
      details.append(ErrorDetail(PreconditionFailure(error.reason, condition)))
    }
    if let resource = error.resource {
      details.append(ErrorDetail(ResourceInfo(resource, error.message)))
    }
    if let seconds = error.retrySeconds {
      details.append(ErrorDetail(RetryInfo(seconds: seconds)))
    }
    self.init(error.kind.code, error.message, details: details)
  }

  /// The error that callers get for a failure of the store: without SQL and paths.
  init(failure: StoreError.Kind) {
    switch failure {
    case .unavailable:
      self.init(
        .unavailable, "the store is not available",
        details: [ErrorDetail(ErrorInfo(.storeUnavailable)), ErrorDetail(RetryInfo(seconds: 1))])
    case .full:
      self.init(
        .resourceExhausted, "the server has no space left to write to",
        details: [ErrorDetail(ErrorInfo(.storageFull)), ErrorDetail(RetryInfo(seconds: 30))])
    case .failed, .corrupt:
      self.init(
        .internal, "the server failed; its log says why",
        details: [ErrorDetail(ErrorInfo(.internalError))])
    }
  }
}

extension ErrorInfo {
  init(_ reason: ErrorReason, _ metadata: [String: String] = [:]) {
    self.init()
    self.reason = reason.rawValue
    domain = "trackd"
    self.metadata = metadata
  }
}

extension BadRequest {
  init(_ fields: [TrackDomain.FieldViolation]) {
    self.init()
    fieldViolations = fields.map { field in
      var violation = FieldViolation()
      violation.field = field.field
      violation.description = field.description
      return violation
    }
  }
}

extension QuotaFailure {
  init(_ quota: DomainError.Condition) {
    self.init()
    var violation = Violation()
    violation.subject = quota.subject
    violation.description = quota.description
    violations = [violation]
  }
}

extension PreconditionFailure {
  init(_ reason: ErrorReason, _ condition: DomainError.Condition) {
    self.init()
    var violation = Violation()
    violation.type = reason.rawValue
    violation.subject = condition.subject
    violation.description = condition.description
    violations = [violation]
  }
}

extension ResourceInfo {
  init(_ resource: DomainError.Resource, _ description: String) {
    self.init()
    resourceType = resource.type
    resourceName = resource.name
    self.description = description
  }
}

extension RetryInfo {
  init(seconds: Int64) {
    self.init()
    var delay = Protobuf.Duration_()
    delay.seconds = seconds
    retryDelay = delay
  }
}
