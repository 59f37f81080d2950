import EventLoop
import Foundation
import Synchronization

/// Stands between clients and a server on Unix sockets, and passes on as much as a test lets it.
///
/// `@unchecked Sendable`: constants and atomics; descriptors belong to the threads.
final class SocketProxy: @unchecked Sendable {
  /// The folder of the socket, for connection strings.
  let folder: String
  private let target: String
  private let listener: Int32
  private let budget = Atomic<Int>(.max)
  private let accepts = Atomic<Bool>(true)
  private let isClosed = Atomic<Bool>(false)
  private let sent = Atomic<Int>(0)

  /// - Parameter host: the folder of the server's socket.
  init(to host: String) throws {
    target = "\(host)/.s.PGSQL.5432"
    folder = "/tmp/trackd-proxy-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let bound = unsafe Self.withAddress("\(folder)/.s.PGSQL.5432") {
      unsafe bind(listener, $0, $1)
    }
    guard bound == 0, listen(listener, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    Thread.detachNewThread { [self] in acceptAll() }
  }

  /// How many bytes of clients were passed on.
  var passed: Int { sent.load(ordering: .relaxed) }

  /// Passes on so many more bytes of clients, and then none.
  func limit(_ bytes: Int) { budget.store(bytes, ordering: .relaxed) }

  /// Whether connections are taken.
  func accept(_ isOn: Bool) { accepts.store(isOn, ordering: .relaxed) }

  /// Whether a connection waits to be taken.
  var hasWaiting: Bool {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) == 1
  }

  func close() {
    isClosed.store(true, ordering: .relaxed)
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private func acceptAll() {
    while !isClosed.load(ordering: .relaxed) {
      guard accepts.load(ordering: .relaxed), hasWaiting else {
        usleep(2000)
        continue
      }
      let client = Glibc.accept(listener, nil, nil)
      let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      let connected = unsafe Self.withAddress(target) { unsafe connect(server, $0, $1) }
      if client < 0 || connected != 0 {
        Glibc.close(client)
        Glibc.close(server)
        continue
      }
      Thread.detachNewThread { [self] in serve(client, server) }
    }
    Glibc.close(listener)
  }

  /// Until one of them closes its end. What a client sends beyond the limit is not read.
  private func serve(_ client: Int32, _ server: Int32) {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var isOpen = true
    while isOpen && !isClosed.load(ordering: .relaxed) {
      let room = max(0, min(budget.load(ordering: .relaxed), bytes.count))
      var entries = [
        pollfd(fd: server, events: Int16(POLLIN), revents: 0),
        pollfd(fd: room > 0 ? client : -1, events: Int16(POLLIN), revents: 0),
      ]
      if unsafe poll(&entries, 2, 20) <= 0 { continue }
      if entries[0].revents != 0 {
        isOpen = pass(&bytes, from: server, to: client, room: bytes.count) > 0
      }
      if isOpen, entries[1].revents != 0 {
        let count = pass(&bytes, from: client, to: server, room: room)
        isOpen = count > 0
        sent.add(max(0, count), ordering: .relaxed)
        if budget.load(ordering: .relaxed) != .max { budget.subtract(count, ordering: .relaxed) }
      }
    }
    Glibc.close(client)
    Glibc.close(server)
  }

  /// - Returns: how many bytes; 0 or less at the end.
  private func pass(
    _ bytes: inout [UInt8], from source: Int32, to target: Int32, room: Int
  ) -> Int {
    let count = unsafe read(source, &bytes, room)
    var at = 0
    while at < count {
      let rest = bytes[at..<count]
      let written = unsafe rest.withUnsafeBytes { rest in
        unsafe send(target, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      if written <= 0 { return 0 }
      at += written
    }
    return count
  }
}
