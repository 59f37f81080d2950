/// Looks at all that a session sends: whole frames in an order that RFC 9113 allows.
struct OutputOracle {
  private var partial: [UInt8] = []
  private var ended: Set<UInt32> = []
  private var reset: Set<UInt32> = []
  private var blockOf: UInt32?
  private var prefaceLeft: Int
  private(set) var hasFailed = false

  init(isClient: Bool) { prefaceLeft = isClient ? FrameBytes.preface.count : 0 }

  mutating func take(_ bytes: [UInt8]) {
    let preface = min(prefaceLeft, bytes.count)
    prefaceLeft -= preface
    partial += bytes.dropFirst(preface)
    for frame in FrameBytes.take(from: &partial) { look(at: frame) }
  }

  /// Nothing more is sent.
  func finish() { check(partial.isEmpty, "the output ends inside a frame") }

  private mutating func look(at frame: FrameBytes) {
    check(!hasFailed, "a frame behind the GOAWAY that ends the connection")
    check(frame.payload.count < 1 << 24, "a frame too large")
    if let blockOf {
      check(
        frame.type == FrameBytes.continuation && frame.stream == blockOf, "a header block is cut")
    }
    let isMessage = frame.type <= FrameBytes.headers || frame.type == FrameBytes.continuation
    if isMessage {
      check(frame.stream != 0, "a frame of a stream on the connection")
      check(!reset.contains(frame.stream), "a frame on a stream that was reset")
    }
    switch frame.type {
    case FrameBytes.data, FrameBytes.headers:
      check(!ended.contains(frame.stream), "a frame behind the end of its stream")
      if frame.flags & FrameBytes.endStream != 0 { ended.insert(frame.stream) }
      if frame.type == FrameBytes.headers, frame.flags & FrameBytes.endHeaders == 0 {
        blockOf = frame.stream
      }
    case FrameBytes.continuation:
      if frame.flags & FrameBytes.endHeaders != 0 { blockOf = nil }
    case FrameBytes.reset:
      reset.insert(frame.stream)
    default: break
    }
  }

  /// The session says that it has failed: its last frame was the GOAWAY that says why.
  mutating func failed() { hasFailed = true }
}
