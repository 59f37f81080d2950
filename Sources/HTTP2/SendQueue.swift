/// Body bytes of one stream on their way out: chunks in order, handed on without joining them.
struct SendQueue {
  private var first: [UInt8] = []
  private var firstOffset = 0
  private var rest: [[UInt8]] = []
  /// Chunks of `rest` that have left: compacted once they are the larger part.
  private var restOffset = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ chunk: consuming [UInt8]) {
    guard !chunk.isEmpty else { return }
    let isFirst = count == 0
    count += chunk.count
    if isFirst {
      first = chunk
      firstOffset = 0
    } else {
      rest.append(chunk)
    }
  }

  /// Moves the next `amount` bytes to the end of `output`.
  ///
  /// - Precondition: `amount` is at most `count`.
  mutating func move(_ amount: Int, to output: inout HTTP2Output) {
    var left = amount
    while left > 0 {
      let end = min(first.count, firstOffset + left)
      output.append(first, firstOffset..<end)
      left -= end - firstOffset
      count -= end - firstOffset
      firstOffset = end
      if end == first.count { advance() }
    }
  }

  mutating func removeAll() {
    self = SendQueue()
  }

  private mutating func advance() {
    firstOffset = 0
    guard restOffset < rest.count else {
      first = []
      rest = []
      restOffset = 0
      return
    }
    first = []
    swap(&first, &rest[restOffset])
    restOffset += 1
    if restOffset >= 32 && restOffset * 2 >= rest.count {
      rest.removeFirst(restOffset)
      restOffset = 0
    }
  }
}
