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

extension TransportStream {
  /// A closure that resets the stream, for any thread.
  func resetter(on loop: EventLoop) -> @Sendable () -> Void {
    let stream = Confined(self)
    return { loop.execute { stream.value.reset(.cancel) } }
  }

  /// A closure that opens the stream's window by `count` bytes, for any thread.
  func consumer(of count: Int, on loop: EventLoop) -> @Sendable () -> Void {
    let stream = Confined(self)
    return { loop.execute { stream.value.consumed(count) } }
  }
}

/// `@unchecked Sendable`: carries a stream to its loop, and is used only there.
private struct Confined: @unchecked Sendable {
  let value: any TransportStream
  init(_ value: any TransportStream) { self.value = value }
}
