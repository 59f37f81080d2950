import RPC
import TrackDomain

/// Runs the body of a handler and turns its errors into the errors of the contract.
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

/// The same for a handler that does not suspend.
func answering<Response>(_ body: () throws -> Response) throws -> Response {
  do {
    return try body()
  } catch {
    throw contractError(error)
  }
}

private func contractError(_ error: any Error) -> any Error {
  switch error {
  // The one that is thrown most often: each look at another type costs a cast.
  case is RPCError: error
  case let error as DomainError: RPCError(error)
  case is CancellationError: error
  default: ServiceFailure(error)
  }
}

/// A failure of trackd itself: the caller gets a fixed status, the log gets the cause.
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
