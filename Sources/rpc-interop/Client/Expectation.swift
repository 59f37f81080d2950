import RPC

/// What a test case found to be otherwise than gRPC's document asks for.
struct Failure: Error, CustomStringConvertible {
  let description: String
}

/// Fails the test case with `description` unless the condition holds.
func expect(_ condition: Bool, _ description: @autoclosure () -> String) throws(Failure) {
  guard condition else { throw Failure(description: description()) }
}

/// Runs a call that has to fail.
///
/// - Parameter message: of the status; nil for any.
func expectStatus(
  _ code: StatusCode, message: String? = nil, of call: () async throws -> Void
) async throws {
  do {
    try await call()
  } catch let error as RPCError {
    try expect(error.code == code, "expected \(code), the status is \(error)")
    guard let message else { return }
    try expect(
      error.message == message,
      "expected the message \(message.debugDescription), it is \(error.message.debugDescription)")
    return
  }
  throw Failure(description: "expected \(code), the call succeeded")
}
