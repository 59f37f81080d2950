import Crypto
import TLS

/// The flags of TLS, for both sides.
struct TLSFlags {
  static let names = ["use_tls", "ca_file", "cert_file", "key_file"]

  private let isWanted: Bool
  private let files: ClientTLSFiles

  init(_ flags: Flags) throws(UsageError) {
    guard let isWanted = Bool(flags["use_tls"] ?? "false") else {
      throw UsageError(message: "--use_tls takes true or false")
    }
    self.isWanted = isWanted
    files = ClientTLSFiles(
      authorities: flags["ca_file"], certificate: flags["cert_file"], key: flags["key_file"])
    guard isWanted || files == ClientTLSFiles() else {
      throw UsageError(message: "--ca_file, --cert_file and --key_file need --use_tls=true")
    }
    guard (files.certificate == nil) == (files.key == nil) else {
      throw UsageError(message: "--cert_file and --key_file need each other")
    }
  }

  /// - Parameter serverName: whom the server's certificate has to name; nil for the target's host.
  func client(serverName: String?) throws(UsageError) -> ClientTLS? {
    guard isWanted else { return nil }
    do throws(PEMFile.Fault) {
      return ClientTLS(try files.read(), serverName: serverName.map { $0.prefixUpToPort })
    } catch {
      throw UsageError(message: error.description)
    }
  }

  /// A server with an authority asks its clients for certificates.
  func server() throws(UsageError) -> ServerTLS? {
    guard isWanted else { return nil }
    guard let certificate = files.certificate, let key = files.key else {
      throw UsageError(message: "a server with --use_tls=true needs --cert_file and --key_file")
    }
    do {
      var settings = TLSServerSettings()
      if let authorities = files.authorities {
        settings.clientAuthorities = try PEMFile.certificates(authorities)
        settings.clientAuthentication = .require
      }
      return ServerTLS(
        try TLSServerContext(
          certificates: [PEMFile.certificate(certificate, key: key)], settings: settings))
    } catch {
      throw UsageError(message: "\(error)")
    }
  }
}

extension String {
  fileprivate var prefixUpToPort: String { String(prefix { $0 != ":" }) }
}
