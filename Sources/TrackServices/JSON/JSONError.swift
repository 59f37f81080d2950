import Protobuf
import RPC
import Wire

/// The JSON answer for an error of a call, or of the request itself.
///
///     {"error": {"code": 404, "status": "NOT_FOUND", "reason": "TRACK_NOT_FOUND",
///                "message": "...",
///                "field_violations": [{"field": "...", "description": "..."}],
///                "details": [...]}}
struct JSONError: Error {
  let httpStatus: Int
  let error: RPCError
  /// The methods of the path, for a 405.
  var allowed: String?

  static let headers: HeaderFields = [
    "content-type": "application/json", "cache-control": "no-store",
  ]

  /// The error of a call.
  init(_ error: RPCError) {
    self.error = error
    httpStatus = error.code.httpStatus
  }

  private init(
    _ httpStatus: Int, _ code: StatusCode, _ reason: String, _ message: String, field: String? = nil
  ) {
    self.httpStatus = httpStatus
    var info = ErrorInfo()
    info.reason = reason
    info.domain = "trackd"
    var details = [ErrorDetail(info)]
    if let field {
      var violation = BadRequest.FieldViolation()
      violation.field = field
      violation.description = message
      var request = BadRequest()
      request.fieldViolations = [violation]
      details.append(ErrorDetail(request))
    }
    error = RPCError(code, message, details: details)
  }

  // MARK: Faults of the request itself

  static let noRoute = JSONError(404, .notFound, "ROUTE_NOT_FOUND", "there is no such path")

  static func wrongVerb(_ verb: String, allowed: [JSONRoute.Verb]) -> JSONError {
    var names = allowed.map(\.rawValue)
    if allowed.contains(.get) { names.append("HEAD") }
    var error = JSONError(
      405, .unimplemented, "METHOD_NOT_ALLOWED",
      "this path has no \(verb); it has \(names.joined(separator: ", "))")
    error.allowed = names.joined(separator: ", ")
    return error
  }

  static func badTarget(_ message: String) -> JSONError {
    JSONError(400, .invalidArgument, "INVALID_URL", message)
  }

  static func badParameter(_ name: String, _ message: String) -> JSONError {
    JSONError(
      400, .invalidArgument, "INVALID_PARAMETER", "the parameter '\(name)': \(message)",
      field: name)
  }

  static func badBody(_ message: String) -> JSONError {
    JSONError(400, .invalidArgument, "INVALID_BODY", "the body: \(message)")
  }

  static func contradiction(_ field: String) -> JSONError {
    JSONError(
      400, .invalidArgument, "INVALID_BODY", "\(field) is not what the path says", field: field)
  }

  /// The body gives a new value to a field that cannot be changed.
  static func fixedField(_ field: String) -> JSONError {
    JSONError(
      400, .invalidArgument, "IMMUTABLE_FIELD", "\(field) cannot be changed, and is another",
      field: field)
  }

  static func unsupportedBody(_ message: String) -> JSONError {
    JSONError(415, .invalidArgument, "UNSUPPORTED_BODY", message)
  }

  init(_ refusal: HTTPRefusal) {
    switch refusal {
    case .notAdmitted(let error):
      self.init(error)
    case .bodyTooLarge(let limit):
      self.init(
        refusal.status, .resourceExhausted, "BODY_TOO_LARGE",
        "the body has more than \(limit) bytes")
    case .bodyTooSlow:
      self.init(
        refusal.status, .deadlineExceeded, "BODY_TOO_SLOW", "the body took too long to arrive")
    case .overloaded:
      self.init(
        refusal.status, .unavailable, "OVERLOADED", "the server has no room for the request now")
    case .originNotAllowed(let origin):
      self.init(
        refusal.status, .permissionDenied, "ORIGIN_NOT_ALLOWED",
        "web pages of the origin '\(origin)' may not call: no --cors-origin names it")
    case .hostNotAllowed(let host):
      self.init(
        refusal.status, .permissionDenied, "HOST_NOT_ALLOWED",
        host.isEmpty
          ? "the request names no host"
          : "the host '\(host)' is no loopback name, and --allowed-hosts does not have it")
    }
  }
}
