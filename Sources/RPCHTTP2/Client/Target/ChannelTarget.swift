public import EventLoop
import Wire

/// Where a channel's calls go, as gRPC's clients write it.
///
/// | form | meaning |
/// |---|---|
/// | `dns:///HOST:PORT`, `dns:HOST:PORT`, `HOST:PORT` | all addresses of the name, looked up again when they seem to have changed |
/// | `ipv4:A:PORT,B:PORT` | these addresses |
/// | `ipv6:[A]:PORT,[B]:PORT` | these addresses |
/// | `unix:PATH`, `unix:///PATH` | a Unix socket; the second form is absolute |
/// | `unix-abstract:NAME` | a Unix socket in Linux's abstract namespace |
///
/// Where the port is missing it is 443, as in gRPC. `%XX` stands for an octet. A DNS server of its
/// own (`dns://SERVER/HOST`) is refused: the system's resolver is asked.
///
/// Source: grpc/doc/naming.md.
public struct ChannelTarget: Sendable, Hashable, CustomStringConvertible {
  /// The port of names and addresses without one.
  public static let defaultPort: UInt16 = 443

  /// Why a text is no target.
  public struct Malformed: Error, Hashable, CustomStringConvertible {
    public let target: String
    public let reason: String
    /// `'dns://HOST:PORT' is no target: ...`
    public var description: String { "'\(target)' is no target: \(reason)" }
  }

  enum Place: Hashable {
    case name(host: String, port: UInt16)
    case addresses([SocketAddress])
  }

  /// As it was written.
  public let description: String
  /// What requests send as `:authority` unless the client is given another one: host and port as
  /// they were written, of several addresses the first, and `localhost` for Unix sockets.
  public let authority: String
  let place: Place

  /// Reads a target.
  ///
  /// - Throws: `Malformed`, with the reason in words.
  public init(_ text: String) throws(Malformed) {
    do {
      (place, authority) = try TargetText.parse(text)
    } catch {
      throw Malformed(target: text, reason: error.reason)
    }
    description = text
  }

  /// One address.
  public init(_ address: SocketAddress) {
    description = address.description
    authority = address.port == nil ? "localhost" : address.description
    place = .addresses([address])
  }

  /// The addresses as they are now; a name takes a thread for as long as it is looked up.
  func addresses() async throws -> [SocketAddress] {
    switch place {
    case .addresses(let addresses): addresses
    case .name(let host, let port): try await HostNameResolver(host: host, port: port).resolve()
    }
  }
}
