import EventLoop
import RPC

/// A file with a bearer token. It is read for each call: a token that another program renews in the
/// meantime is a new one.
struct TokenFile: CallCredentials {
  let path: String
  /// Only where nobody else can read it on its way, or the user has said so.
  let allowsInsecureTransport: Bool

  /// More than any token has.
  private static let mostBytes = 64 << 10

  /// Nil without a file.
  init?(
    _ values: SettingValues, server: String, hasTLS: Bool, _ arguments: Arguments
  ) throws(UsageError) {
    guard let given = values.first(GlobalFlags.tokenFile, "TRACKCTL_TOKEN_FILE") else { return nil }
    path = given.text
    let mayBeRead = arguments.has(GlobalFlags.insecure)
    allowsInsecureTransport = mayBeRead || ServerAddress.isOfThisMachine(server)
    guard allowsInsecureTransport || hasTLS else {
      throw arguments.usage(
        "\(given.source): a token is not sent in cleartext to \(server): use --tls, or --insecure")
    }
    // Before any call, so that a mistake is told as one.
    do throws(TokenFault) {
      _ = try token()
    } catch {
      throw arguments.usage("\(given.source): \(error.description)")
    }
  }

  func metadata(for request: CredentialsRequest) async throws -> Metadata {
    var metadata = Metadata()
    try metadata.add("authorization", "Bearer \(try token())")
    return metadata
  }

  /// What is wrong with the file; never what stands in it.
  private struct TokenFault: Error, CustomStringConvertible {
    let description: String
  }

  private func token() throws(TokenFault) -> String {
    var file: ReadFile
    do {
      file = try ReadFile(path, limit: Self.mostBytes)
    } catch {
      throw TokenFault(description: "\(path) cannot be read: \(error)")
    }
    defer { file.wipe() }
    let text = String(decoding: file.bytes, as: UTF8.self)
    let words = text.split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" || $0 == " " }
    guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw TokenFault(description: "\(path) has to hold one token and nothing else")
    }
    return String(words[0])
  }
}

extension ServerAddress {
  /// Whether nothing leaves this machine on the way to a server.
  static func isOfThisMachine(_ target: String) -> Bool {
    switch SocketAddress(target) {
    case .unix?, .unixAbstract?: true
    case let address?: address.isLoopback
    case nil: SocketAddress.split(target)?.host == "localhost"
    }
  }
}
