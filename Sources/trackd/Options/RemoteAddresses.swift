import EventLoop
import TLS

/// The addresses of the remote services that replace built-in ones; nil where the built-in one is
/// used.
struct RemoteAddresses: Equatable {
  var releaseManagement: String?
  var buildService: String?
  var deployer: String?
  var resourceDeleter: String?
  var subscriptions: String?
  /// The files of the TLS of those whose addresses begin with `tls:`.
  var tls = ClientTLSFiles()

  static let help =
    "HOST:PORT, IPV4:PORT, [IPV6]:PORT, unix:PATH or unix-abstract:NAME; with tls: before\n"
    + "    HOST:PORT, IPV4:PORT or [IPV6]:PORT the connection is TLS"

  private static let secure = "tls:"

  /// The address behind `tls:`, and whether that is there.
  static func split(_ text: String) -> (address: String, isSecure: Bool) {
    text.hasPrefix(secure) ? (String(text.dropFirst(secure.count)), true) : (text, false)
  }

  /// Whether trackd can call the address. Names are not looked up.
  static func isValid(_ text: String) -> Bool {
    let (text, isSecure) = split(text)
    if isSecure, text.hasPrefix("unix") { return false }
    if let address = SocketAddress(text) { return address.port != 0 }
    guard !text.hasPrefix("unix:"), !text.hasPrefix("unix-abstract:"), !text.hasPrefix("["),
      let (host, port) = SocketAddress.split(text)
    else { return false }
    return port != 0 && isHostName(host)
  }

  /// A host name of RFC 1123 section 2.1; also with the underscore that some networks use.
  private static func isHostName(_ host: String) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    // A number would be an IPv4 address in another spelling.
    guard host.utf8.count <= 253, labels.contains(where: { $0.contains(where: \.isLetter) }) else {
      return false
    }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
          default: false
          }
        }
    }
  }
}

extension RemoteAddresses {
  /// Whether any connection is TLS.
  var usesTLS: Bool { all.contains { Self.split($0).isSecure } }

  /// - Throws: for flags that are of no use without others.
  func check() throws(UsageError) {
    try tls.check("--remote", isUsed: usesTLS, by: "an address with tls:")
  }
}

extension ClientTLSFiles {
  /// Checks the flags that name these files.
  ///
  /// - Parameters:
  ///   - flags: what they begin with: `--remote`.
  ///   - isUsed: whether any connection is TLS.
  ///   - user: what makes it one.
  /// - Throws: for flags that are of no use without others.
  func check(_ flags: String, isUsed: Bool, by user: String) throws(UsageError) {
    guard (certificate == nil) == (key == nil) else {
      throw UsageError("\(flags)-cert and \(flags)-key need each other")
    }
    guard isUsed || self == ClientTLSFiles() else {
      throw UsageError("\(flags)-ca, \(flags)-cert and \(flags)-key need \(user)")
    }
  }
}
