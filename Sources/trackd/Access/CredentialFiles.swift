import EventLoop
import TrackAccess

/// Reads the files of credentials. Blocks.
struct CredentialFiles {
  let tokens: String?
  let config: String?

  /// Why the files cannot be used; begins with the path.
  struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ fault: AccessFileFault) { description = "\(path):\(fault)" }
    init(_ path: String, _ message: String) { description = "\(path): \(message)" }
  }

  /// What they hold.
  struct Content {
    var tokens = TokenTable()
    var issuers: [JWTIssuer] = []
    /// Of the issuers whose keys are in files, by name.
    var keys: [String: KeySet] = [:]
  }

  func read() throws(Fault) -> Content {
    var content = Content()
    if let tokens {
      let bytes = try Self.bytes(tokens, limit: TokenFile.mostBytes)
      do {
        content.tokens = try TokenFile.read(bytes)
      } catch {
        throw Fault(tokens, error)
      }
    }
    if let config {
      let bytes = try Self.bytes(config, limit: AuthConfig.mostBytes)
      do {
        content.issuers = try AuthConfig.read(bytes)
      } catch {
        throw Fault(config, error)
      }
    }
    for issuer in content.issuers {
      guard case .file(let path) = issuer.keys else { continue }
      let bytes = try Self.bytes(path, limit: KeySet.mostBytes)
      do {
        content.keys[issuer.name] = try KeySet(jwks: bytes)
      } catch {
        throw Fault(path, error.description)
      }
    }
    return content
  }

  /// Who can write such a file names callers as they like: it has to be its owner alone.
  private static func bytes(_ path: String, limit: Int) throws(Fault) -> [UInt8] {
    let file: ReadFile
    do {
      file = try ReadFile(path, limit: limit)
    } catch {
      throw Fault(path, "cannot be read: \(error)")
    }
    guard !file.othersMayWrite else {
      throw Fault(path, "others than its owner may write it: 'chmod go-w' first")
    }
    return file.bytes
  }
}
