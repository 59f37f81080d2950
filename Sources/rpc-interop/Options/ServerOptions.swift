import EventLoop

/// The flags of `rpc-interop server`.
struct ServerOptions {
  let address: SocketAddress

  init(_ arguments: ArraySlice<String>) throws(UsageError) {
    address = try Self.address(Flags(arguments, names: ["port", "host"]))
  }

  /// The address that `--port` and `--host` name.
  static func address(_ flags: Flags) throws(UsageError) -> SocketAddress {
    guard let port = try flags.number("port", as: UInt16.self) else {
      throw UsageError(message: "--port is missing")
    }
    guard let address = SocketAddress(host: flags["host"] ?? "127.0.0.1", port: port) else {
      throw UsageError(message: "--host takes an IPv4 or IPv6 address")
    }
    return address
  }
}
