import Glibc
import TestSupport
import Testing
import TrackDomain

@testable import TrackStorePostgreSQL

/// A server that takes encrypted connections with a password, and no others.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct TLSConnectionTests {
  private static let password = "s3cret-of-trackd"

  /// `ca.crt` signs the server's certificate, for localhost; `other.crt` does not.
  private static let script = """
    set -e
    key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    for name in ca other; do
      openssl req -x509 $key -keyout $name.key -out $name.crt -days 2 -subj /CN=$name \
        -addext basicConstraints=critical,CA:TRUE
    done
    openssl req $key -keyout server.key -out server.csr -subj /CN=localhost
    echo subjectAltName=DNS:localhost >names
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt \
      -days 2 -extfile names
    chmod 600 server.key
    cat >pg_hba.conf <<'END'
    local all trackd trust
    hostssl all all 127.0.0.1/32 scram-sha-256
    END
    """

  private func freePort() throws -> UInt16 {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    unsafe withUnsafeMutablePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = unsafe bind(listener, address, size)
        _ = unsafe getsockname(listener, address, &size)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  @Test func `only who knows the certificate and the password gets in, and no error shows it`()
    async throws
  {
    let port = try freePort()
    // Its Unix socket has the name of the port.
    let server = try PostgreSQLServer(
      settings: [
        "ssl = on", "password_encryption = 'scram-sha-256'", "listen_addresses = '127.0.0.1'",
        "port = \(port)",
      ], port: port
    ) { try $0.run(script: Self.script) }
    let admin = try PostgreSQLConnection(ConnectionString(server.string("postgres")))
    try admin.execute(script: "CREATE ROLE app LOGIN PASSWORD '\(Self.password)'")
    try admin.execute(script: "CREATE DATABASE app OWNER app")
    func string(
      host: String = "localhost", ca: String = "ca", password: String = Self.password,
      mode: String = "verify-full"
    ) -> String {
      "postgresql://app:\(password)@\(host):\(port)/app?hostaddr=127.0.0.1&sslmode=\(mode)"
        + "&sslrootcert=\(server.data)/\(ca).crt"
    }
    let store = try await PostgreSQLTrackStore.open(string(), spoolDirectory: nil)
    try await store.write { try Samples.putCatalog($0) }
    try await store.addTrack("t", of: "cart")
    let connection = try PostgreSQLConnection(ConnectionString(string()))
    #expect(
      try connection.text(
        "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")?.hasPrefix("TLS") == true)
    let refused = [
      (string(ca: "other"), "certificate verify failed"),
      (string(host: "127.0.0.1"), "does not match host name"),
      (string(password: "wr0ng-of-trackd"), "password authentication failed"),
      (string(password: ""), "no password supplied"),
      (string(mode: "disable"), "no encryption"),
      (string(ca: "none"), "does not exist"),
    ]
    for (string, reason) in refused {
      let error = await #expect(throws: StoreOpenError.self) {
        try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      }
      let text = error?.description ?? ""
      #expect(text.contains(reason), "\(text)")
      #expect(!text.contains("of-trackd"))
    }
    // A password that is changed while the store is open: what it says of that shows none either.
    try admin.execute(
      script: """
        ALTER ROLE app PASSWORD 'n3w-of-trackd';
        SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'app'
        """)
    do {
      try await store.addTrack("t2", of: "cart")
      Issue.record("it was written")
    } catch {
      let error = error as? StoreError
      #expect(error?.kind == .unavailable)
      #expect(error?.detail.contains("password authentication failed") == true)
      #expect(error?.detail.contains("of-trackd") == false)
    }
    await store.close()
  }
}
