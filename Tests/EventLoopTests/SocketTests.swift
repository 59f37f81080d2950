import EventLoop
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SocketTests {
  private static let loopbacks = ["127.0.0.1:0", "[::1]:0"]

  private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString.prefix(8)).sock")
      .path
  }

  @Test(arguments: loopbacks)
  func `the system's choice of port is reported`(text: String) throws {
    let socket = try ListeningSocket(try #require(SocketAddress(text)))
    #expect(socket.address.port != 0)
    #expect(socket.address.with(port: 0).description == text)
  }

  @Test(arguments: loopbacks)
  func `a port in use is an error with the call's name`(text: String) throws {
    let socket = try ListeningSocket(try #require(SocketAddress(text)))
    let error = #expect(throws: SystemError.self) { try ListeningSocket(socket.address) }
    #expect(error?.description == "bind: Address already in use")
  }

  @Test func `the file of a dead server is replaced, of a live one not, and removed at the end`()
    throws
  {
    let path = temporaryPath()
    let address = SocketAddress.unix(path: path)
    let first = try ListeningSocket(address)
    #expect(throws: SystemError.self) { try ListeningSocket(address) }
    let moved = path + ".moved"
    try FileManager.default.moveItem(atPath: path, toPath: moved)
    first.close()
    try FileManager.default.moveItem(atPath: moved, toPath: path)
    let second = try ListeningSocket(address)
    second.close()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: [0o660, 0o600, 0o777, 0o000] as [UInt32])
  func `a Unix socket's file has the mode that was asked for`(mode: UInt32) throws {
    let path = temporaryPath()
    let socket = try ListeningSocket(.unix(path: path), unixMode: mode)
    defer { socket.close() }
    let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(found as? Int == Int(mode))
  }

  @Test func `a Unix socket is for its user and its group when nothing is asked for`() throws {
    let path = temporaryPath()
    let socket = try ListeningSocket(.unix(path: path))
    defer { socket.close() }
    let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(found as? Int == 0o660)
  }

  @Test func `a file that is no socket is left alone`() throws {
    let path = temporaryPath()
    try Data("x".utf8).write(to: URL(filePath: path))
    #expect(throws: SystemError.self) { try ListeningSocket(.unix(path: path)) }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("x".utf8))
    try FileManager.default.removeItem(atPath: path)
  }

  @Test(arguments: loopbacks + ["unix"])
  func `an echo survives partial writes`(text: String) async throws {
    let address = text == "unix" ? .unix(path: temporaryPath()) : SocketAddress(text)
    let listener = try ListeningSocket(try #require(address))
    try await withLoop { loop in
      let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      let echoed = try await withCheckedThrowingContinuation { done in
        loop.execute {
          let acceptor = Acceptor(listener, loop)
          do {
            try loop.add(listener.descriptor, .readable, handler: acceptor)
            let client = try Socket(connectingTo: listener.address)
            try Sender(client, loop, payload) { result in
              acceptor.stop()
              done.resume(with: result)
            }.start()
          } catch {
            done.resume(throwing: error)
          }
        }
      }
      #expect(echoed == payload)
    }
  }

  @Test func `connecting where nobody listens fails when it is finished`() async throws {
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    let address = listener.address
    listener.close()
    try await withLoop { loop in
      let error = await withCheckedContinuation { done in
        loop.execute { Connector(address, loop, done).start() }
      }
      #expect(error == SystemError(call: "connect", errno: ECONNREFUSED))
    }
  }
}
