import CLinux
import EventLoop
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ListeningSocketTests {
  /// A path of its own in the temporary folder.
  private let path = NSTemporaryDirectory() + "listening-\(UUID().uuidString).sock"

  private func connect(to path: String) -> Int {
    let descriptor = Int32(cl_socket(1))
    defer { _ = cl_close(descriptor) }
    return unsafe cl_connect_unix(descriptor, path)
  }

  @Test func `the door of a Unix socket is shut for those that come later only`() throws {
    let socket = try ListeningSocket(.unix(path: path))
    defer { socket.close() }
    #expect(connect(to: path) == 0)
    socket.shutDoor()
    #expect(connect(to: path) == -Int(ECONNREFUSED))
    #expect(try socket.accept() != nil)
    #expect(try socket.accept() == nil)
  }

  @Test func `an inherited socket keeps its address, its file and its other owners`() throws {
    let original = try ListeningSocket(.unix(path: path))
    defer { original.close() }
    let copy = Int32(fcntl(original.descriptor, F_DUPFD_CLOEXEC, 10))
    let inherited = try ListeningSocket(inherited: copy)
    #expect(inherited.address == .unix(path: path))
    // The other owner goes on listening.
    inherited.shutDoor()
    #expect(connect(to: path) == 0)
    #expect(try inherited.accept() != nil)
    inherited.close()
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(connect(to: path) == 0)
    #expect(try original.accept() != nil)
  }

  @Test func `what does not listen is not taken over`() throws {
    for family in [1, 4] as [Int32] {
      let descriptor = Int32(cl_socket(family))
      defer { _ = cl_close(descriptor) }
      #expect(throws: SystemError.self) { try ListeningSocket(inherited: descriptor) }
    }
    #expect(throws: SystemError.self) { try ListeningSocket(inherited: 900_000) }
  }
}

@Suite(.timeLimit(.minutes(2))) struct ServiceManagerTests {
  private func listeners(_ count: String?, pid: String? = "77") throws -> [Int32] {
    var environment: [String: String] = [:]
    environment["LISTEN_PID"] = pid
    environment["LISTEN_FDS"] = count
    return try ServiceManager(environment: environment, process: 77).listeners
  }

  @Test func `descriptors begin at three, and are for the process that is named`() throws {
    #expect(try listeners("1") == [3])
    #expect(try listeners("3") == [3, 4, 5])
    #expect(try listeners("0") == [])
    for count in ["1", "x", nil] {
      #expect(try listeners(count, pid: "78") == [])
      #expect(try listeners(count, pid: nil) == [] && listeners(count, pid: "") == [])
    }
  }

  @Test(arguments: [nil, "", "-1", "+1", "x", "1 ", "1001", "99999999999"])
  func `what is no number is not passed over`(_ text: String?) {
    let error = #expect(throws: ServiceManager.Malformed.self) { try listeners(text) }
    #expect(error?.variable == "LISTEN_FDS" && error?.value == text ?? "")
    guard let text, !text.isEmpty, text != "1001" else { return }
    let other = #expect(throws: ServiceManager.Malformed.self) { try listeners("1", pid: text) }
    #expect(other?.variable == "LISTEN_PID" && other?.value == text)
  }

  @Test func `the manager hears what it is told, and nobody need listen`() throws {
    let path = NSTemporaryDirectory() + "notify-\(UUID().uuidString)"
    try ServiceManager(environment: ["NOTIFY_SOCKET": path]).notify("READY=1")
    try ServiceManager(environment: ["NOTIFY_SOCKET": ""]).notify("READY=1")
    try ServiceManager(environment: [:]).notify("READY=1")
    let manager = Int32(socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
    defer {
      close(manager)
      unsafe unlink(path)
    }
    try #require(unsafe cl_bind_unix(manager, path) == 0)
    try ServiceManager(environment: ["NOTIFY_SOCKET": path]).notify("READY=1\nSTATUS=serving")
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = unsafe recv(manager, &bytes, bytes.count, 0)
    try #require(count > 0)
    #expect(String(decoding: bytes[..<count], as: UTF8.self) == "READY=1\nSTATUS=serving")
  }
}
