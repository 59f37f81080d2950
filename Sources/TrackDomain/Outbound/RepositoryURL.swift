/// The URL of a Git repository that git may use: `https://`, `ssh://`, `user@host:path`, and, where
/// files are allowed, `file:///path` and `/path`.
///
/// Refuses everything that git would take for an option, a command or a helper, and URLs with a
/// password.
public struct RepositoryURL: Sendable, Hashable {
  /// The text that git gets.
  public let text: String
  /// The path of a local repository.
  public let localPath: String?
  /// Where a repository that is not local is.
  public let server: Server?

  /// The server that a URL names.
  public struct Server: Sendable, Hashable {
    public enum Scheme: String, Sendable, Hashable {
      case https, ssh

      var defaultPort: Int {
        switch self {
        case .https: 443
        case .ssh: 22
        }
      }
    }

    public var scheme: Scheme
    /// A name in lower case, or an address without brackets.
    public var host: String
    public var port: Int

    /// The port behind the host; an IPv6 address in brackets.
    public var authority: String {
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  static let maximumLength = 2048

  /// - Throws: `.invalid`, without the text, which may hold credentials.
  public init(_ text: String, allowsFiles: Bool) throws(IntegrationError) {
    guard !text.isEmpty else { throw Self.invalid("there is no Git repository") }
    guard text.utf8.count <= Self.maximumLength,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else { throw Self.invalid("the Git repository's URL is too long or holds control characters") }
    if let rest = text.dropping(prefix: "https://") {
      self.init(text: text, server: try Self.server(rest, .https))
    } else if let rest = text.dropping(prefix: "ssh://") {
      self.init(text: text, server: try Self.server(rest, .ssh))
    } else if let path = text.dropping(prefix: "file://") ?? (text.hasPrefix("/") ? text[...] : nil)
    {
      self.init(text: String(path), localPath: try Self.checkPath(path, allowsFiles: allowsFiles))
    } else {
      self.init(text: text, server: try Self.shortServer(text))
    }
  }

  private init(text: String, localPath: String? = nil, server: Server? = nil) {
    self.text = text
    self.localPath = localPath
    self.server = server
  }

  /// The name in the cache: 32 hexadecimal digits.
  public var key: String { Self.key(of: text) }

  /// The name of a directory: 32 hexadecimal digits.
  public static func key(of text: String) -> String {
    var digest = Digest()
    digest.combine(text)
    return UniqueID(high: digest.high, low: digest.low).description.filter { $0 != "-" }
  }

  /// The host that a command for it waits for: `https://host:port` or `ssh://host:port`; a local
  /// path stands for itself.
  public var host: String {
    server.map { "\($0.scheme.rawValue)://\($0.authority)" } ?? localPath ?? ""
  }

  // MARK: Rules

  /// `[user@]host[:port]/path`; https takes no user.
  private static func server(
    _ rest: Substring, _ scheme: Server.Scheme
  ) throws(IntegrationError) -> Server {
    guard let slash = rest.firstIndex(of: "/"), slash < rest.index(before: rest.endIndex) else {
      throw invalid("the Git repository's URL has no path")
    }
    guard !rest.contains(" ") else { throw invalid("the Git repository's URL holds spaces") }
    let parts = splitPort(try checkUser(rest[..<slash], allowsUser: scheme == .ssh))
    guard let host = host(parts.host), let port = port(parts.port, scheme) else {
      throw invalid("the Git repository's URL has no valid host")
    }
    return Server(scheme: scheme, host: host, port: port)
  }

  /// `[user@]host:path`
  private static func shortServer(_ text: String) throws(IntegrationError) -> Server {
    guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
      throw invalid("the Git repository must be https://, ssh:// or user@host:path")
    }
    let path = text[text.index(after: colon)...]
    guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("-"), !path.hasPrefix("//"),
      // As in `user:password@host:path`.
      !path.contains("@"),
      let host = host(try checkUser(text[..<colon], allowsUser: true))
    else { throw invalid("the Git repository must be https://, ssh:// or user@host:path") }
    return Server(scheme: .ssh, host: host, port: Server.Scheme.ssh.defaultPort)
  }

  /// The host behind the user.
  private static func checkUser(
    _ authority: Substring, allowsUser: Bool
  ) throws(IntegrationError) -> Substring {
    guard let at = authority.lastIndex(of: "@") else { return authority }
    let user = authority[..<at]
    guard allowsUser, !user.contains(":") else {
      throw invalid("the Git repository's URL must hold no credentials")
    }
    guard !user.isEmpty, !user.hasPrefix("-"), user.utf8.allSatisfy(isNameByte) else {
      throw invalid("the Git repository's URL has no valid user")
    }
    return authority[authority.index(after: at)...]
  }

  private static func splitPort(_ host: Substring) -> (host: Substring, port: Substring) {
    let start = host.lastIndex(of: "]") ?? host.startIndex
    guard let colon = host[start...].firstIndex(of: ":") else { return (host, "") }
    return (host[..<colon], host[host.index(after: colon)...])
  }

  /// A name in lower case, or an address without brackets; nil for neither.
  private static func host(_ text: Substring) -> String? {
    if text.hasPrefix("["), text.hasSuffix("]") {
      guard case .v6(let high, let low)? = IPAddress(text.dropFirst().dropLast()) else {
        return nil
      }
      return "\(IPAddress.v6(high: high, low: low))"
    }
    if case .v4? = IPAddress(text) { return String(text) }
    return isHostName(text) ? text.lowercased() : nil
  }

  /// Whether it is the name of a host, and no address in whatever spelling: a name whose last label
  /// is a number is one to some programs (`127.1`, `0x7f000001`). No dot ends it, because curl would
  /// not find the address that trackd gives for it.
  static func isHostName(_ text: some StringProtocol) -> Bool {
    guard !text.isEmpty, !text.hasPrefix("-"), !text.hasPrefix("."), !text.hasSuffix("."),
      text.utf8.count <= 253, text.utf8.allSatisfy(isNameByte),
      let label = text.utf8.split(separator: UInt8(ascii: ".")).last, let first = label.first
    else { return false }
    let isHexadecimal =
      first == 0x30 && label.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
    return !isHexadecimal && !label.allSatisfy(isDigit)
  }

  private static func port(_ text: Substring, _ scheme: Server.Scheme) -> Int? {
    if text.isEmpty { return scheme.defaultPort }
    guard text.utf8.count <= 5, text.utf8.allSatisfy(isDigit), let port = Int(text),
      (1...65535).contains(port)
    else { return nil }
    return port
  }

  private static func checkPath(
    _ path: Substring, allowsFiles: Bool
  ) throws(IntegrationError) -> String {
    guard allowsFiles else {
      throw invalid("Git repositories of the server's own machine are not allowed")
    }
    guard path.hasPrefix("/"), path.utf8.count > 1, !path.split(separator: "/").contains("..")
    else {
      throw invalid("the path of the Git repository must be absolute")
    }
    return String(path)
  }

  /// Letters, digits, and `.`, `_`, `-`.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || [0x2D, 0x2E, 0x5F].contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func invalid(_ message: String) -> IntegrationError {
    IntegrationError(.invalid, message)
  }
}

extension String {
  /// The rest behind the prefix; nil without the prefix.
  func dropping(prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
