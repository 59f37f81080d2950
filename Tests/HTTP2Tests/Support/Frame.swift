/// One HTTP/2 frame, written and read by hand (RFC 9113 section 4.1).
struct Frame: Equatable, CustomStringConvertible {
  var type: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []
  /// The length in the header, if it is not the payload's.
  var claimedLength: Int?

  static let data: UInt8 = 0
  static let headers: UInt8 = 1
  static let priority: UInt8 = 2
  static let reset: UInt8 = 3
  static let settings: UInt8 = 4
  static let pushPromise: UInt8 = 5
  static let ping: UInt8 = 6
  static let goAway: UInt8 = 7
  static let windowUpdate: UInt8 = 8
  static let continuation: UInt8 = 9

  static let endStream: UInt8 = 1
  static let ack: UInt8 = 1
  static let endHeaders: UInt8 = 4
  static let padded: UInt8 = 8

  var bytes: [UInt8] {
    let length = UInt32(claimedLength ?? payload.count)
    return Array(bigEndian(length).dropFirst()) + [type, flags] + bigEndian(stream) + payload
  }

  /// The error code of RST_STREAM or GOAWAY.
  var code: UInt32? {
    switch type {
    case Frame.reset: number(at: 0)
    case Frame.goAway: number(at: 4)
    default: nil
    }
  }

  /// The debug text of GOAWAY.
  var debug: String { String(decoding: payload.dropFirst(8), as: UTF8.self) }

  var ends: Bool { flags & Frame.endStream != 0 }

  func number(at offset: Int) -> UInt32 {
    payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  var description: String {
    "type \(type) flags \(flags) stream \(stream) length \(payload.count)"
      + (code.map { " code \($0)" } ?? "")
  }

  /// The frames in `bytes`; nil when they do not end at a frame's end.
  static func parse(_ bytes: [UInt8]) -> [Frame]? {
    var frames: [Frame] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 9 else { return nil }
      let header = Array(rest.prefix(9))
      let length = header[..<3].reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 9 + length else { return nil }
      let stream = header[5...].reduce(0) { $0 << 8 | UInt32($1) }
      frames.append(
        Frame(
          type: header[3], flags: header[4], stream: stream,
          payload: Array(rest.dropFirst(9).prefix(length))))
      rest = rest.dropFirst(9 + length)
    }
    return frames
  }
}

func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

extension Frame {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  static func settings(_ entries: [(UInt16, UInt32)] = [], ack: Bool = false) -> Frame {
    Frame(
      type: settings, flags: ack ? Frame.ack : 0,
      payload: entries.flatMap { Array(bigEndian(UInt32($0.0)).dropFirst(2)) + bigEndian($0.1) })
  }

  static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
    Frame(type: reset, stream: stream, payload: bigEndian(code))
  }

  static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Frame {
    Frame(type: windowUpdate, stream: stream, payload: bigEndian(increment))
  }

  static func ping(ack: Bool = false) -> Frame {
    Frame(type: ping, flags: ack ? Frame.ack : 0, payload: Array(repeating: 7, count: 8))
  }

  static func data(_ stream: UInt32, _ payload: [UInt8], end: Bool = false) -> Frame {
    Frame(type: data, flags: end ? endStream : 0, stream: stream, payload: payload)
  }

  /// A whole header block, with literal fields without indexing (RFC 7541 section 6.2.2).
  static func headers(
    _ stream: UInt32, _ fields: [(String, String)] = request, end: Bool = false
  ) -> Frame {
    Frame(
      type: headers, flags: endHeaders | (end ? endStream : 0), stream: stream,
      payload: literal(fields))
  }

  static let request = [
    (":method", "POST"), (":scheme", "http"), (":path", "/pkg.Service/Method"),
    (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc"),
  ]

  static func literal(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { [0] + string($0.0) + string($0.1) }
  }

  private static func string(_ text: String) -> [UInt8] {
    integer(text.utf8.count) + Array(text.utf8)
  }

  /// An integer with a prefix of 7 bits (RFC 7541 section 5.1).
  private static func integer(_ value: Int) -> [UInt8] {
    guard value >= 127 else { return [UInt8(value)] }
    var bytes: [UInt8] = [127]
    var rest = value - 127
    while rest >= 128 {
      bytes.append(UInt8(rest % 128 + 128))
      rest /= 128
    }
    return bytes + [UInt8(rest)]
  }
}
