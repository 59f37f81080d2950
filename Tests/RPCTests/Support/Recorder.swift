/// Collects values from any thread; `take` waits for a number of them.
final class Recorder<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let continuation: AsyncStream<Value>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func add(_ value: Value) { continuation.yield(value) }

  func take(_ count: Int) async -> [Value] {
    var values: [Value] = []
    var iterator = stream.makeAsyncIterator()
    while values.count < count, let value = await iterator.next() { values.append(value) }
    return values
  }
}
