import EventLoop

extension HostResolver {
  /// The addresses of `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; only names take a thread.
  static func addresses(of target: String) async throws -> [SocketAddress] {
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
}
