import Crypto
import EventLoop

/// The files of the server's TLS, and the rules that the flags set. Reading blocks.
struct TLSFiles: Equatable, Sendable {
  var certificate: String
  var key: String
  /// A folder with more certificates, for clients that name other hosts.
  var otherHosts: String?
  var clientAuthorities: String?
  var clientAuthentication = ClientAuthentication.none
  var revocationLists: String?
  var minimumVersion = TLSVersion.tls12

  /// Why the files cannot be used; begins with the path.
  struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ message: String) { description = "\(path): \(message)" }
  }

  private static let mostBytes = 8 << 20

  /// - Parameter previous: what counts until now.
  func read(previous: TLSServerContext? = nil) throws(Fault) -> TLSServerContext {
    var settings = TLSServerSettings()
    settings.minimumVersion = minimumVersion
    settings.clientAuthentication = clientAuthentication
    if let clientAuthorities {
      settings.clientAuthorities = try Self.parse(clientAuthorities) { bytes throws(CryptoError) in
        try Certificate.all(pem: bytes)
      }
    }
    if let revocationLists {
      settings.revocationLists = try Self.parse(revocationLists) { bytes throws(CryptoError) in
        try RevocationList.all(pem: bytes)
      }
    }
    var certificates = [try Self.certificate(certificate, key)]
    for pair in try otherHosts.map(pairs) ?? [] {
      certificates.append(try Self.certificate(pair.certificate, pair.key))
    }
    do throws(CryptoError) {
      return try TLSServerContext(
        certificates: certificates, settings: settings, previous: previous)
    } catch {
      throw Fault(certificate, error.description)
    }
  }

  /// What a change of makes another context necessary.
  var paths: [String] {
    let others = (try? otherHosts.map(pairs)) ?? []
    return [certificate, key, clientAuthorities, revocationLists].compactMap { $0 }
      + others.flatMap { [$0.certificate, $0.key] }
  }

  private static func certificate(
    _ path: String, _ keyPath: String
  ) throws(Fault) -> TLSCertificate {
    let chain = try parse(path) { bytes throws(CryptoError) in try Certificate.all(pem: bytes) }
    let key = try parse(keyPath) { bytes throws(CryptoError) in try PrivateKey(pem: bytes) }
    do throws(CryptoError) {
      return try TLSCertificate(chain: chain, key: key)
    } catch {
      throw Fault(path, "\(error.description) (\(keyPath))")
    }
  }

  private static func parse<Value>(
    _ path: String, _ body: ([UInt8]) throws(CryptoError) -> Value
  ) throws(Fault) -> Value {
    let file: ReadFile
    do throws(SystemError) {
      file = try ReadFile(path, limit: mostBytes)
    } catch {
      throw Fault(path, "cannot be read: \(error)")
    }
    do throws(CryptoError) {
      return try body(file.bytes)
    } catch {
      throw Fault(path, error.description)
    }
  }

  /// The pairs of a folder: `NAME.crt` with `NAME.key`, and folders with `tls.crt` and `tls.key`, as
  /// Kubernetes mounts secrets. Names that begin with a dot are passed over.
  private func pairs(_ folder: String) throws(Fault) -> [(certificate: String, key: String)] {
    let names: [String]
    do throws(SystemError) {
      names = try FolderListing.names(folder)
    } catch {
      throw Fault(folder, "cannot be read: \(error)")
    }
    var pairs: [(certificate: String, key: String)] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".crt") {
        pairs.append((path, String(path.dropLast(4)) + ".key"))
      } else if !name.contains(".key"), FolderListing.isFolder(path) {
        pairs.append(("\(path)/tls.crt", "\(path)/tls.key"))
      }
    }
    return pairs
  }
}
