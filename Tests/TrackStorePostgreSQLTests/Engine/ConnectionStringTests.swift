import Glibc
import TestSupport
import Testing

@testable import TrackStorePostgreSQL

/// No error shows a password, however wrong the string is.
@Suite(.timeLimit(.minutes(2))) struct ConnectionStringTests {
  @Test(arguments: [
    "postgresql://user:sesame@", "postgresql://user:ses@me@host/trackd",
    "postgresql://user:12/sesame@host/trackd", "postgresql://user:sesame/x@host:5432/trackd",
    "postgresql://user:sesame%zz@host/trackd", "postgresql://user:sesame@[host/trackd",
    "host=a password=b sesame", "host=a password='sesame", "sesame=a", "password=sesame\0",
  ])
  func `a string that cannot be read is refused without being shown`(text: String) {
    do {
      _ = try PostgreSQLConnection(ConnectionString(text + ""))
      Issue.record("it was taken")
    } catch {
      #expect(!"\(error)".contains("sesame") && !"\(error)".contains("me@"))
      #expect(error.kind == .connection)
    }
  }

  @Test(arguments: [
    "postgresql://sesame:sesame@/trackd?host=/nowhere&sslpassword=sesame",
    "host=/nowhere/sesame user=sesame password=sesame dbname=trackd",
  ])
  func `what connecting fails with shows no password`(text: String) throws {
    let string = try ConnectionString(text)
    #expect(!"\(string)".contains("sesame"))
    do {
      _ = try PostgreSQLConnection(string)
      Issue.record("it was connected")
    } catch {
      #expect(!"\(error)".contains("sesame"))
      #expect("\(error)".contains("/nowhere"))
      #expect(error.kind == .connection)
    }
  }

  @Test(.needsPostgreSQL)
  func `what a server refuses the connection with shows no password`() throws {
    let string = try PostgreSQLCluster.shared.string("sesame") + " password=sesame"
    do {
      _ = try PostgreSQLConnection(ConnectionString(string))
      Issue.record("it was connected")
    } catch {
      #expect(!"\(error)".contains("sesame"))
      #expect("\(error)".contains("does not exist"))
    }
  }

  @Test(.needsPostgreSQL)
  func `what a string says goes before our habits, but for the encoding`() throws {
    let string = try PostgreSQLCluster.shared.string("postgres")
    func settings(_ more: String) throws -> String? {
      try PostgreSQLConnection(ConnectionString(string + more)).text(
        "SELECT current_setting('application_name') || ' ' || current_setting('client_encoding')")
    }
    #expect(try settings("") == "trackd UTF8")
    #expect(try settings(" application_name=other client_encoding=LATIN1") == "other UTF8")
  }

  @Test func `a server that accepts and never answers ends the wait for it`() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    unsafe withUnsafeMutablePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = unsafe bind(listener, address, size)
        _ = listen(listener, 8)
        _ = unsafe getsockname(listener, address, &size)
      }
    }
    let port = UInt16(bigEndian: address.sin_port)
    let string = try ConnectionString(
      "host=127.0.0.1 port=\(port) connect_timeout=2 sslmode=disable gssencmode=disable")
    let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLConnection(string) }
    #expect(error?.kind == .connection)
    #expect(error?.message.contains("timeout") == true)
  }
}
