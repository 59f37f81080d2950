import TrackDomain

/// The URL of a Git repository that git may use: `https://`, `ssh://`, `user@host:path`, and, where
/// files are allowed, `file:///path` and `/path`.
///
/// Refuses everything that git would take for an option, a command or a helper, and URLs with a
/// password.
struct RepositoryURL: Sendable, Hashable {
  /// The text that git gets.
  let text: String
  /// The path of a local repository.
  let localPath: String?

  static let maximumLength = 2048

  init(_ text: String, allowsFiles: Bool) throws(IntegrationError) {
    guard !text.isEmpty else { throw Self.invalid("there is no Git repository") }
    guard text.utf8.count <= Self.maximumLength,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else { throw Self.invalid("the Git repository's URL is too long or holds control characters") }
    if let rest = text.dropping(prefix: "https://") {
      try Self.check(rest, allowsUser: false)
      self.init(text: text, localPath: nil)
    } else if let rest = text.dropping(prefix: "ssh://") {
      try Self.check(rest, allowsUser: true)
      self.init(text: text, localPath: nil)
    } else if let path = text.dropping(prefix: "file://") ?? (text.hasPrefix("/") ? text[...] : nil)
    {
      self.init(text: String(path), localPath: try Self.checkPath(path, allowsFiles: allowsFiles))
    } else {
      try Self.checkShort(text)
      self.init(text: text, localPath: nil)
    }
  }

  private init(text: String, localPath: String?) {
    self.text = text
    self.localPath = localPath
  }

  /// The name in the cache: 32 hexadecimal digits.
  var key: String { Self.key(of: text) }

  /// The name of a directory: 32 hexadecimal digits.
  static func key(of text: String) -> String {
    var digest = Digest()
    digest.combine(text)
    return UniqueID(high: digest.high, low: digest.low).description.filter { $0 != "-" }
  }

  /// The host that a command for it waits for: `https://host:port` or `ssh://host:port`; a local
  /// path stands for itself.
  var host: String {
    if let localPath { return localPath }
    let (scheme, rest): (String, Substring) =
      if let rest = text.dropping(prefix: "https://") {
        ("https", rest.prefix { $0 != "/" })
      } else if let rest = text.dropping(prefix: "ssh://") {
        ("ssh", rest.prefix { $0 != "/" })
      } else {
        ("ssh", text.prefix { $0 != ":" })
      }
    let start = rest.lastIndex(of: "@").map(rest.index(after:)) ?? rest.startIndex
    let parts = Self.splitPort(rest[start...])
    let port = parts.port.isEmpty ? (scheme == "https" ? "443" : "22") : String(parts.port)
    return "\(scheme)://\(parts.host.lowercased()):\(port)"
  }

  // MARK: Rules

  /// `[user@]host[:port]/path`
  private static func check(_ rest: Substring, allowsUser: Bool) throws(IntegrationError) {
    guard let slash = rest.firstIndex(of: "/"), slash < rest.index(before: rest.endIndex) else {
      throw invalid("the Git repository's URL has no path")
    }
    guard !rest.contains(" ") else { throw invalid("the Git repository's URL holds spaces") }
    let host = try checkUser(rest[..<slash], allowsUser: allowsUser)
    let parts = splitPort(host)
    guard isHost(parts.host), parts.port.utf8.allSatisfy(isDigit), parts.port.utf8.count <= 5 else {
      throw invalid("the Git repository's URL has no valid host")
    }
  }

  /// `[user@]host:path`
  private static func checkShort(_ text: String) throws(IntegrationError) {
    guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
      throw invalid("the Git repository must be https://, ssh:// or user@host:path")
    }
    let path = text[text.index(after: colon)...]
    guard !path.isEmpty, !path.hasPrefix(":"), !path.hasPrefix("-"), !path.hasPrefix("//"),
      // As in `user:password@host:path`.
      !path.contains("@"),
      isHost(try checkUser(text[..<colon], allowsUser: true))
    else { throw invalid("the Git repository must be https://, ssh:// or user@host:path") }
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

  private static func isHost(_ host: Substring) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      let address = host.dropFirst().dropLast().utf8
      return !address.isEmpty && address.allSatisfy { isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }
    }
    return !host.isEmpty && !host.hasPrefix("-") && host.utf8.count <= 253
      && host.utf8.allSatisfy(isNameByte)
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
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
  }

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
