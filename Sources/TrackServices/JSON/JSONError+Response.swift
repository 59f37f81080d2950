import Protobuf
import RPC
import TrackAccess
import Wire

extension JSONError {
  /// The whole answer.
  var response: HTTPResponse {
    var headers = Self.headers
    if let allowed { headers.append("allow", allowed) }
    if httpStatus == 415 { headers.append("accept-post", "application/json") }
    if httpStatus == 401 { headers.append("www-authenticate", challenge) }
    if let seconds = retrySeconds { headers.append("retry-after", "\(seconds)") }
    return HTTPResponse(status: httpStatus, headers: headers, body: body)
  }

  /// RFC 6750 section 3: no error for a request that had no token.
  private var challenge: String {
    let reason = error.detail(ErrorInfo.self)?.reason
    let isMissing = reason == CredentialFault.missing.rawValue
    return isMissing
      ? "Bearer realm=\"trackd\"" : "Bearer realm=\"trackd\", error=\"invalid_token\""
  }

  private var retrySeconds: Int64? {
    if let delay = error.detail(RetryInfo.self)?.retryDelay {
      return max(1, delay.seconds + (delay.nanos > 0 ? 1 : 0))
    }
    return httpStatus == 503 ? 1 : nil
  }

  private var body: [UInt8] {
    var writer = JSONWriter(options: Self.encoding)
    writer.beginObject()
    writer.key("error")
    writer.beginObject()
    writer.key("code")
    writer.value(Int32(httpStatus))
    writer.key("status")
    writer.value(error.code.description)
    if let reason = error.detail(ErrorInfo.self)?.reason {
      writer.key("reason")
      writer.value(reason)
    }
    writer.key("message")
    writer.value(error.message)
    writeViolations(&writer)
    writeDetails(&writer)
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  private func writeViolations(_ writer: inout JSONWriter) {
    guard let request = error.detail(BadRequest.self), !request.fieldViolations.isEmpty else {
      return
    }
    writer.key("field_violations")
    writer.beginArray()
    for violation in request.fieldViolations {
      writer.beginObject()
      writer.key("field")
      writer.value(violation.field)
      writer.key("description")
      writer.value(violation.description)
      writer.endObject()
    }
    writer.endArray()
  }

  /// The details as `google.rpc.Status` has them, each with its `@type`.
  private func writeDetails(_ writer: inout JSONWriter) {
    let packed = error.details.map { detail in
      var any = AnyMessage()
      any.typeUrl = detail.typeURL
      any.value = detail.value
      return any
    }
    let writable = packed.filter { (try? $0.jsonUTF8(options: Self.encoding)) != nil }
    guard !writable.isEmpty else { return }
    writer.key("details")
    writer.beginArray()
    for detail in writable { try? writer.message(detail) }
    writer.endArray()
  }

  private static let encoding: JSONEncodingOptions = {
    var options = JSONEncodingOptions()
    let types: [any Message.Type] = [
      ErrorInfo.self, BadRequest.self, QuotaFailure.self, PreconditionFailure.self,
      ResourceInfo.self, RetryInfo.self,
    ]
    for type in types { options.types.register(type) }
    return options
  }()
}
