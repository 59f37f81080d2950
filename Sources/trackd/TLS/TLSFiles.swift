import Crypto
import EventLoop
import TLS

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

  /// - Parameter previous: what counts until now.
  func read(previous: TLSServerContext? = nil) throws(PEMFile.Fault) -> TLSServerContext {
    var settings = TLSServerSettings()
    settings.minimumVersion = minimumVersion
    settings.clientAuthentication = clientAuthentication
    if let clientAuthorities {
      settings.clientAuthorities = try PEMFile.certificates(clientAuthorities)
    }
    if let revocationLists {
      settings.revocationLists = try PEMFile.revocationLists(revocationLists)
    }
    var certificates = [try PEMFile.certificate(certificate, key: key)]
    for pair in try otherHosts.map(pairs) ?? [] {
      certificates.append(try PEMFile.certificate(pair.certificate, key: pair.key))
    }
    do throws(CryptoError) {
      return try TLSServerContext(
        certificates: certificates, settings: settings, previous: previous)
    } catch {
      throw PEMFile.Fault(certificate, error.description)
    }
  }

  /// What a change of makes another context necessary.
  var paths: [String] {
    let others = (try? otherHosts.map(pairs)) ?? []
    return [certificate, key, clientAuthorities, revocationLists].compactMap { $0 }
      + others.flatMap { [$0.certificate, $0.key] }
  }

  /// The pairs of a folder: `NAME.crt` with `NAME.key`, and folders with `tls.crt` and `tls.key`, as
  /// Kubernetes mounts secrets. Names that begin with a dot are passed over.
  private func pairs(_ folder: String) throws(PEMFile.Fault) -> [(certificate: String, key: String)]
  {
    let names: [String]
    do throws(SystemError) {
      names = try FolderListing.names(folder)
    } catch {
      throw PEMFile.Fault(folder, "cannot be read: \(error)")
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
