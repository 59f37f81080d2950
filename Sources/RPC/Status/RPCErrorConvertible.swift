/// An error that knows the status the client gets, and is more than it: handlers throw it where the
/// client must not see all, and observers find it in `CallSummary.error`.
public protocol RPCErrorConvertible: Error {
  var rpcError: RPCError { get }
}
