import RPC
import TrackDomain

/// Runs the body of a handler; what it throws leaves as the error of the contract.
///
/// Cancellation is left to the RPC core, which knows whether the client or its deadline ended the
/// call.
func answering<Response>(_ body: () async throws -> Response) async throws -> Response {
  do {
    return try await body()
  } catch let error as DomainError {
    throw RPCError(error)
  } catch let error as CancellationError {
    throw error
  } catch let error as RPCError {
    throw error
  } catch {
    throw ServiceFailure(error)
  }
}
