import RPC
import TrackDomain

/// Runs the body of a handler; what it throws leaves as the error of the contract.
///
/// Cancellation is left to the RPC core, which knows whether the client or its deadline ended the
/// call.
func answering<Response>(_ body: () async throws -> Response) async throws -> Response {
  do {
    return try await body()
  } catch {
    throw contractError(error)
  }
}

/// The same for a handler that does not wait.
func answering<Response>(_ body: () throws -> Response) throws -> Response {
  do {
    return try body()
  } catch {
    throw contractError(error)
  }
}

private func contractError(_ error: any Error) -> any Error {
  switch error {
  case let error as DomainError: RPCError(error)
  case is CancellationError, is RPCError, is EncodedStatus: error
  default: ServiceFailure(error)
  }
}

/// A failure of trackd itself: the caller gets a fixed status, the log what happened.
struct ServiceFailure: Error, RPCErrorConvertible, CustomStringConvertible {
  let cause: any Error

  init(_ cause: any Error) {
    self.cause = cause
  }

  var rpcError: RPCError {
    RPCError(failure: (cause as? StoreError)?.kind ?? .failed)
  }

  var description: String {
    guard let error = cause as? StoreError else { return "\(cause)" }
    return "\(error.kind): \(error.detail)"
  }
}
