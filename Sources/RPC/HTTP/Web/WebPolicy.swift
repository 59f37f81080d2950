import Wire

/// Which web pages may call a server, and under which names.
///
/// Without it a page of any site could have its visitor's browser call a server that only the
/// visitor reaches, on loopback for instance. The default lets no page call, and browsers no other
/// than loopback names on loopback. Plain clients, gRPC's among them, notice nothing of it: they
/// send no `origin`.
///
/// - A request with an `origin`, gRPC or not, is answered with 403 unless `origins` names it: also
///   one of a page that the server itself could have sent, for it sends none. Browsers tell the
///   origin with everything but GET and HEAD (Fetch, "append a request Origin header").
/// - A page of an origin that is named may read the answers and may ask first (CORS: Fetch, section
///   3.2). Credentials that a browser keeps, cookies for instance, are not for it.
/// - On a loopback connection the host of a request that is not gRPC has to be a loopback name, or
///   one of `hosts`: a name that its owner points at 127.0.0.1 makes the owner's page and the
///   server one origin in the browser's eyes (DNS rebinding), and a GET of that page has no
///   `origin`. With `hosts` this holds for all of TCP, where addresses are taken too, since no name
///   server decides on them. gRPC itself is left out, for it is POST, which no browser sends without
///   an `origin`, and Unix sockets, which no page reaches.
public struct WebPolicy: Sendable, Hashable {
  /// Pages of these may call.
  public var origins: [OriginPattern]
  /// The names of the server, besides loopback names.
  public var hosts: [HostPattern]

  public init(origins: [OriginPattern] = [], hosts: [HostPattern] = []) {
    self.origins = origins
    self.hosts = hosts
  }

  enum Verdict {
    /// It goes on.
    case admitted(CrossOriginAnswer)
    /// A browser asks whether a page may send a request; this is the answer.
    case preflight(HTTPResponse)
    /// With the words for the log.
    case refused(HTTPRefusal, String)
  }

  /// Decides on a request that may be a page's.
  ///
  /// - Parameters:
  ///   - isGRPC: its content type is gRPC's.
  ///   - peer: as `TransportStream.peer` has it.
  func judge(_ fields: HeaderFields, isGRPC: Bool, peer: String) -> Verdict {
    if !isGRPC, let host = wrongHost(of: fields, peer: peer) {
      return .refused(
        .hostNotAllowed(host), host.isEmpty ? "no host is named" : "the host \(host) is not allowed"
      )
    }
    let named = fields.values("origin")
    guard let origin = named.first else {
      return .admitted(namesOrigins ? .varying : .none)
    }
    let isAny = origins.contains(.any)
    guard isAny || named.count == 1 && isNamed(origin) else {
      let origin = Self.shortened(named.joined(separator: ", "))
      return .refused(.originNotAllowed(origin), "the origin \(origin) is not allowed")
    }
    let answer: CrossOriginAnswer = isAny ? .toAll : .to(origin)
    if let preflight = Preflight(fields) { return .preflight(preflight.response(answer)) }
    return .admitted(answer)
  }

  /// Whether answers depend on the origin.
  private var namesOrigins: Bool { !origins.isEmpty && !origins.contains(.any) }

  private func isNamed(_ text: String) -> Bool {
    WebOrigin(text).map { origins.contains(.only($0)) } ?? false
  }

  /// The host that a request may not name; nil for none, empty where it names none but has to.
  private func wrongHost(of fields: HeaderFields, peer: String) -> String? {
    let isLoopback = Self.isLoopback(peer: peer)
    guard isLoopback || !hosts.isEmpty && Self.isTCP(peer: peer), !hosts.contains(.any) else {
      return nil
    }
    // Both may be there, and each has a reader somewhere.
    let named = fields.values(":authority") + fields.values("host")
    guard !named.isEmpty else { return "" }
    let wrong = named.first { text in
      guard let authority = Authority(text) else { return true }
      return !authority.isLoopback && !(authority.isAddress && !isLoopback)
        && !hosts.contains { $0.matches(authority) }
    }
    return wrong.map(Self.shortened)
  }

  private static func isTCP(peer: String) -> Bool {
    peer.hasPrefix("ipv4:") || peer.hasPrefix("ipv6:")
  }

  private static func isLoopback(peer: String) -> Bool {
    peer.hasPrefix("ipv4:127.") || peer.hasPrefix("ipv6:[::1]:")
  }

  /// For answers and logs.
  private static func shortened(_ text: String) -> String {
    text.utf8.count <= 100 ? text : text.prefix(100) + "..."
  }
}

extension HeaderFields {
  /// All values of a field, without spaces around them.
  ///
  /// - Parameter name: in lower case.
  func values(_ name: StaticString) -> [String] {
    var values: [String] = []
    for field in self where bytes.span.extracting(field.name).equals(name) {
      values.append(String(decoding: bytes[field.value].trimmingSpaces, as: UTF8.self))
    }
    return values
  }
}
