import EventLoop
import TLS

/// The flags of `rpc-interop server`.
struct ServerOptions {
  let address: SocketAddress
  /// Nil for cleartext.
  let tls: ServerTLS?

  init(_ arguments: ArraySlice<String>) throws(UsageError) {
    let flags = try Flags(arguments, names: ["port", "host"] + TLSFlags.names)
    address = try Self.address(flags)
    tls = try TLSFlags(flags).server()
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
