import RPC
import TLS

/// The flags of `rpc-interop client`.
struct ClientOptions {
  let target: String
  /// Sent as `:authority` in the place of the target's.
  let authority: String?
  let testCase: TestCase
  let serviceConfig: ServiceConfig
  let soak: SoakOptions
  /// Nil for cleartext.
  let tls: ClientTLS?

  init(_ arguments: ArraySlice<String>) throws(UsageError) {
    let flags = try Flags(
      arguments,
      names: [
        "server_host", "server_port", "server_host_override", "test_case", "service_config_json",
      ] + TLSFlags.names + SoakOptions.flags)
    let host = try flags.required("server_host")
    guard let port = try flags.number("server_port", as: UInt16.self, minimum: 1) else {
      throw UsageError(message: "--server_port is missing")
    }
    target = Self.target(host, port)
    authority = flags["server_host_override"]
    let name = try flags.required("test_case")
    guard let testCase = TestCase(rawValue: name) else {
      throw UsageError(message: "there is no test case '\(name)'")
    }
    self.testCase = testCase
    do {
      serviceConfig = try ServiceConfig(json: flags["service_config_json"] ?? "{}")
    } catch {
      throw UsageError(message: "--service_config_json: \(error)")
    }
    soak = try SoakOptions(flags)
    // The server's certificate has to name the host that the client claims to call.
    tls = try TLSFlags(flags).client(serverName: flags["server_host_override"])
  }

  /// The host may name a scheme: `dns:///HOST`, `ipv4:A:PORT,B`.
  private static func target(_ host: String, _ port: UInt16) -> String {
    let hasScheme = ["dns:", "ipv4:", "ipv6:"].contains { host.hasPrefix($0) }
    return host.contains(":") && !hasScheme ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
