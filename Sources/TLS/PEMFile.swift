public import Crypto
import EventLoop

/// Reads certificates, keys and revocation lists from files in PEM. Blocks.
public enum PEMFile {
  private static let mostBytes = 8 << 20

  /// Why a file cannot be used.
  public struct Fault: Error, CustomStringConvertible {
    /// Begins with the path.
    public let description: String

    public init(_ path: String, _ message: String) { description = "\(path): \(message)" }
  }

  /// All certificates of a file, in its order.
  public static func certificates(_ path: String) throws(Fault) -> [Certificate] {
    try parse(path) { bytes throws(CryptoError) in try Certificate.all(pem: bytes) }
  }

  public static func revocationLists(_ path: String) throws(Fault) -> [RevocationList] {
    try parse(path) { bytes throws(CryptoError) in try RevocationList.all(pem: bytes) }
  }

  /// A certificate with its chain, and its private key from another file.
  public static func certificate(
    _ path: String, key keyPath: String
  ) throws(Fault) -> TLSCertificate {
    let chain = try certificates(path)
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
    var file: ReadFile
    do throws(SystemError) {
      file = try ReadFile(path, limit: mostBytes)
    } catch {
      throw Fault(path, "cannot be read: \(error)")
    }
    // It may hold a private key, whatever it was read for.
    defer { file.wipe() }
    do throws(CryptoError) {
      return try body(file.bytes)
    } catch {
      throw Fault(path, error.description)
    }
  }
}

/// The files of a client's TLS. Reading blocks.
public struct ClientTLSFiles: Equatable, Sendable {
  /// The authorities of servers' certificates; nil for those that the system trusts.
  public var authorities: String?
  /// The certificate to show to servers, and its private key.
  public var certificate: String?
  public var key: String?

  public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
    self.authorities = authorities
    self.certificate = certificate
    self.key = key
  }

  public var paths: [String] { [authorities, certificate, key].compactMap { $0 } }

  public func read() throws(PEMFile.Fault) -> TLSClientContext {
    var own: TLSCertificate?
    if let certificate, let key { own = try PEMFile.certificate(certificate, key: key) }
    let trusted = try authorities.map { (path) throws(PEMFile.Fault) in
      try PEMFile.certificates(path)
    }
    do throws(CryptoError) {
      return try TLSClientContext(authorities: trusted, certificate: own)
    } catch {
      throw PEMFile.Fault(authorities ?? "TLS", error.description)
    }
  }
}
