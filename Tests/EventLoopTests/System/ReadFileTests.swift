import EventLoop
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct ReadFileTests {
  private let path = NSTemporaryDirectory() + "ReadFileTests-\(UUID())"

  @Test(arguments: [0, 1, 100, 200_000])
  func `a file is read whole, up to the limit`(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try ReadFile(path, limit: count).bytes == bytes)
    if count > 0 {
      let error = #expect(throws: SystemError.self) { try ReadFile(path, limit: count - 1) }
      #expect(error?.errno == EFBIG)
    }
  }

  /// The kernel's own files say that they have no bytes.
  @Test func `a file may have more bytes than it says`() throws {
    let own = "/proc/self/environ"
    let bytes = try ReadFile(own, limit: 1 << 20).bytes
    #expect(!bytes.isEmpty)
    let error = #expect(throws: SystemError.self) { try ReadFile(own, limit: bytes.count - 1) }
    #expect(error?.errno == EFBIG)
    #expect(try ReadFile(own, limit: bytes.count).bytes == bytes)
  }

  @Test func `what is no file is refused, and what was read can be wiped`() throws {
    #expect(throws: SystemError.self) { try ReadFile("/", limit: 10) }
    #expect(throws: SystemError.self) { try ReadFile(path, limit: 10) }
    var file = try ReadFile("/proc/self/status", limit: 1 << 20)
    file.wipe()
    #expect(file.bytes.isEmpty)
  }
}
