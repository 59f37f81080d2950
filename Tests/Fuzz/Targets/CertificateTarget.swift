import Crypto

extension FuzzTarget {
  /// Certificates, lists and keys of strangers, and the first bytes of their TLS.
  static let certificates = FuzzTarget(name: "certificates", maxLength: 4000) { bytes in
    var input = FuzzInput(bytes)
    let kind = input.choice(4)
    let rest = input.remainder()
    switch kind {
    case 0: if let one = try? Certificate(der: rest) { read(one) }
    case 1:
      for one in (try? Certificate.all(pem: rest)) ?? [] { read(one) }
      _ = try? PrivateKey(pem: rest)
    case 2: _ = try? RevocationList.all(pem: rest)
    default: shakeHands(rest)
    }
  }

  private static func read(_ certificate: Certificate) {
    let der = certificate.der
    check((try? Certificate(der: der))?.der == der, "it is the same after a round trip")
    _ = certificate.subject
    _ = (certificate.notBefore, certificate.notAfter)
    let names = certificate.alternativeNames
    for name in names.dns + names.uris {
      check(name.utf8.allSatisfy { 0x21...0x7e ~= $0 }, "'\(name)' is printable")
    }
  }

  /// Whatever comes, the session ends or waits for more, and writes no more than an alert or a
  /// server's first flight.
  private static func shakeHands(_ bytes: [UInt8]) {
    guard let context = server, let session = try? context.makeSession() else { return }
    var input = TLSInput(size: 0)
    input.bytes = bytes
    input.range = 0..<bytes.count
    var output = TLSOutput(size: 20_000)
    for _ in 0..<4 {
      guard let step = try? session.shakeHands(&input, &output), step != .needsInput else { break }
      check(step != .done(0), "nobody can end a handshake with bytes that were written before it")
    }
    check(output.count < 10_000, "\(output.count) bytes are written")
  }

  private static let server: TLSServerContext? = {
    guard
      let certificate = try? TLSCertificate(
        chain: Array(FuzzCertificate.chain.utf8), key: Array(FuzzCertificate.key.utf8))
    else { return nil }
    return try? TLSServerContext(certificates: [certificate], settings: TLSServerSettings())
  }()
}
