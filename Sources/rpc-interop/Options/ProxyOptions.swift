import EventLoop

/// The flags of `rpc-interop proxy`.
struct ProxyOptions {
  let address: SocketAddress
  /// `HOST:PORT` of the server behind.
  let backend: String

  init(_ arguments: ArraySlice<String>) throws(UsageError) {
    let flags = try Flags(arguments, names: ["port", "host", "backend"])
    address = try ServerOptions.address(flags)
    backend = try flags.required("backend")
    guard backend.contains(":") else { throw UsageError(message: "--backend takes HOST:PORT") }
  }
}
