import EventLoop
import Testing

/// A client that speaks HTTP/1.1 by hand, for a task that waits for each answer.
final class HTTP1Peer {
  struct Response: Equatable {
    /// The status line, then the fields without the date.
    var head: [String]
    var body: String
    var trailers: [String] = []

    var status: String { head.first ?? "" }
  }

  private struct Ended: Error {}

  let socket: Socket
  private var received: [UInt8] = []

  init(_ socket: Socket) { self.socket = socket }

  init(_ address: SocketAddress) throws { socket = try Socket(connectingTo: address) }

  deinit { socket.close() }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    var start = 0
    while start < bytes.count {
      start += try socket.write(bytes, from: start)
      if start < bytes.count { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  /// A request for the `EchoHandler`.
  static func request(
    _ path: String, method: String = "POST", fields: [String] = [], body: String? = nil
  ) -> String {
    var lines = ["\(method) / HTTP/1.1", "Host: h", "X-Path: \(path)"] + fields
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
  }

  /// Sends a request and reads its response.
  func call(
    _ path: String, method: String = "POST", fields: [String] = [], body: String? = nil
  ) async throws -> Response {
    try await send(Self.request(path, method: method, fields: fields, body: body))
    return try await response(hasBody: method != "HEAD")
  }

  /// The next response.
  func response(hasBody: Bool = true) async throws -> Response {
    var head: [String] = []
    while let line = try await line(), !line.isEmpty {
      if !line.hasPrefix("date: ") { head.append(line) }
    }
    var response = Response(head: head, body: "")
    guard hasBody else { return response }
    if head.contains("transfer-encoding: chunked") {
      while let size = Int(try await line() ?? "", radix: 16), size > 0 {
        response.body += try await text(size)
        _ = try await line()
      }
      while let line = try await line(), !line.isEmpty { response.trailers.append(line) }
    } else if let length = head.first(where: { $0.hasPrefix("content-length: ") }) {
      response.body = try await text(Int(length.dropFirst(16)) ?? 0)
    }
    return response
  }

  /// What the server says until it ends its half.
  func rest() async throws -> String {
    while try await read() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  private func line() async throws -> String? {
    var end = received.firstIndex(of: UInt8(ascii: "\n"))
    while end == nil {
      guard try await read() else { throw Ended() }
      end = received.firstIndex(of: UInt8(ascii: "\n"))
    }
    guard let end, end > 0, received[end - 1] == UInt8(ascii: "\r") else { return nil }
    defer { received.removeFirst(end + 1) }
    return String(decoding: received[..<(end - 1)], as: UTF8.self)
  }

  private func text(_ count: Int) async throws -> String {
    while received.count < count {
      guard try await read() else { throw Ended() }
    }
    defer { received.removeFirst(count) }
    return String(decoding: received[..<count], as: UTF8.self)
  }

  /// False at the end.
  private func read() async throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      switch try socket.read(into: &buffer) {
      case .bytes(let count):
        received += buffer[..<count]
        return true
      case .end: return false
      case .wouldBlock: try await Task.sleep(for: .milliseconds(1))
      }
    }
  }
}
