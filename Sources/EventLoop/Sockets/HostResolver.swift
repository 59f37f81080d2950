import CLinux

/// Looks names up (getaddrinfo) on a thread of its own, for it blocks.
public final class HostResolver: Sendable {
  /// A name that could not be resolved.
  public struct Failure: Error, CustomStringConvertible {
    public let host: String
    public let reason: String
    public var description: String { "cannot resolve \(host): \(reason)" }
  }

  private let thread: BlockingThread

  public init() throws(SystemError) {
    thread = try BlockingThread(name: "resolver")
  }

  /// Resolves `host:port`, `[host]:port`, `unix:PATH` or a name, in the system's order.
  public func resolve(_ target: String) async throws -> [SocketAddress] {
    if let address = SocketAddress(target) { return [address] }
    return try await thread.run { try Self.resolveBlocking(target) }
  }

  public func shutdown() async {
    await thread.shutdown()
  }

  /// Resolves one target as `resolve` does; only a name takes a thread, for as long as it is looked
  /// up.
  public static func addresses(of target: String) async throws -> [SocketAddress] {
    if let address = SocketAddress(target) { return [address] }
    let resolver = try HostResolver()
    do {
      let addresses = try await resolver.resolve(target)
      await resolver.shutdown()
      return addresses
    } catch {
      await resolver.shutdown()
      throw error
    }
  }

  /// The same on the calling thread, which may block for seconds: for programs that start.
  public static func resolveBlocking(_ target: String) throws(Failure) -> [SocketAddress] {
    if let address = SocketAddress(target) { return [address] }
    guard let (host, port) = SocketAddress.split(target), !host.utf8.contains(0) else {
      throw Failure(host: target, reason: "expected HOST:PORT, [IPV6]:PORT or unix:PATH")
    }
    var found = [cl_address](repeating: cl_address(), count: 16)
    let count = unsafe found.withUnsafeMutableBufferPointer { buffer in
      unsafe cl_resolve(host, buffer.baseAddress, buffer.count)
    }
    if count < 0 { throw Failure(host: host, reason: reason(count)) }
    let addresses = found.prefix(count).compactMap { SocketAddress($0)?.with(port: port) }
    if addresses.isEmpty { throw Failure(host: host, reason: "no address") }
    return addresses
  }

  /// Below -5000 the code is getaddrinfo's, shifted by 10000; else it is `-errno`.
  private static func reason(_ code: Int) -> String {
    if code > -5000 {
      return SystemError(call: "getaddrinfo", errno: Int32(-code)).description
    }
    guard let text = unsafe cl_resolve_error(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
