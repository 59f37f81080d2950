import TLS

/// What the flags and the environment say of TLS.
struct TLSChoice {
  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  /// The files; nil for cleartext. A file is of no use without TLS, so naming one asks for it.
  func files(_ arguments: Arguments) throws(UsageError) -> ClientTLSFiles? {
    let authorities = values.first(GlobalFlags.authorities, "TRACKCTL_CA")
    let certificate = values.first(GlobalFlags.certificate, "TRACKCTL_CERT")
    let key = values.first(GlobalFlags.key, "TRACKCTL_KEY")
    guard (certificate == nil) == (key == nil) else {
      throw arguments.usage("--cert and --key need each other")
    }
    let isWanted = try isWanted(arguments)
    guard isWanted || authorities != nil || certificate != nil else { return nil }
    return ClientTLSFiles(
      authorities: authorities?.text, certificate: certificate?.text, key: key?.text)
  }

  private func isWanted(_ arguments: Arguments) throws(UsageError) -> Bool {
    if arguments.has(GlobalFlags.tls) { return true }
    guard let text = values.environment["TRACKCTL_TLS"], !text.isEmpty else { return false }
    guard let isWanted = Bool(text) else {
      throw arguments.usage("TRACKCTL_TLS: '\(text)' is neither true nor false")
    }
    return isWanted
  }
}
