import Protobuf
import RPC
import Testing

/// The error and the details that a refused call sent to its client.
struct Refusal {
  let error: RPCError
  let info: ErrorInfo

  var fields: [String] {
    error.detail(BadRequest.self)?.fieldViolations.map(\.field) ?? []
  }
}

/// Expects that `body` is refused with a code and a reason.
@discardableResult
func expectRefusal<Value>(
  _ code: StatusCode, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Value
) async throws -> Refusal {
  let error = try #require(
    await #expect(throws: RPCError.self, sourceLocation: sourceLocation) { _ = try await body() })
  let info = try #require(error.detail(ErrorInfo.self), sourceLocation: sourceLocation)
  #expect(error.code == code, sourceLocation: sourceLocation)
  #expect(info.reason == reason, sourceLocation: sourceLocation)
  #expect(info.domain == "trackd", sourceLocation: sourceLocation)
  return Refusal(error: error, info: info)
}
