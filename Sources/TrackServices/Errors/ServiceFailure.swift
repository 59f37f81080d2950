import RPC
import TrackDomain

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
