import EventLoop
import RPC
import Wire

/// A value under a lock, set by several threads.
final class Box<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func update<R: Sendable>(_ body: (inout Value) -> R) -> R {
    lock.withLock { body(&value) }
  }

  var current: Value { update { $0 } }
}

extension RawSpan {
  func copy() -> [UInt8] {
    unsafe withUnsafeBytes { unsafe Array($0) }
  }
}

extension HeaderFields {
  /// The value of the first field with this name; empty without one.
  subscript(name: String) -> String {
    first { bytes[$0.name].elementsEqual(name.utf8) }
      .map { String(decoding: bytes[$0.value], as: UTF8.self) } ?? ""
  }

  static func request(_ path: String) -> HeaderFields {
    [
      ":method": "POST", ":scheme": "http", ":path": path, ":authority": "test", "te": "trailers",
      "content-type": "application/grpc", "x-path": path,
    ]
  }
}
