import Testing

@testable import HTTP2

@Suite(.timeLimit(.minutes(2))) struct FrameScannerTests {
  /// What a scanner finds in pieces that follow each other: headers, with the offset of their end
  /// in the whole, the bytes of last stream identifiers, and the ends of PRIORITYs' dependencies on
  /// themselves.
  private struct Findings: Equatable {
    var headers: [FrameScanner.Header] = []
    var ends: [Int] = []
    var identifierBytes: [Int] = []
    var selfDependencies: [Int] = []
  }

  private func scan(_ pieces: [[UInt8]]) -> (findings: Findings, scanner: FrameScanner) {
    var scanner = FrameScanner()
    var findings = Findings()
    var before = 0
    for piece in pieces {
      var position = 0
      while let find = unsafe scanner.next(in: piece.span.bytes, from: position) {
        switch find {
        case .header(let header, let end):
          findings.headers.append(header)
          findings.ends.append(before + end)
          position = end
        case .lastStreamID(let range):
          findings.identifierBytes += range.map { before + $0 }
          position = range.upperBound
        case .selfDependency(let end):
          findings.selfDependencies.append(before + end)
          position = end
        }
      }
      before += piece.count
    }
    return (findings, scanner)
  }

  private static let frames: [Frame] = [
    .settings([(4, 100_000)]), Frame(type: Frame.headers, stream: 1, payload: [1, 2, 3]),
    Frame(type: Frame.continuation, stream: 1),
    Frame(type: Frame.continuation, flags: Frame.endHeaders, stream: 1, payload: [4]),
    .data(1, [UInt8](repeating: 7, count: 300), end: true),
    Frame(type: Frame.goAway, payload: [0, 0, 0, 1, 0, 0, 0, 0, 0x62]), .ping(),
    Frame(type: Frame.priority, stream: 0x7f01_0203, payload: [0xff, 1, 2, 3, 16]),
    Frame(type: Frame.priority, stream: 3, payload: [0, 0, 0, 1, 16]),
    Frame(type: 0xee, stream: 0xffff_ffff),
  ]

  private static let expected: Findings = {
    var findings = Findings()
    var offset = 0
    for frame in frames {
      findings.headers.append(
        FrameScanner.Header(
          length: frame.payload.count, type: frame.type, flags: frame.flags,
          streamID: frame.stream & 0x7fff_ffff))
      findings.ends.append(offset + 9)
      if frame.type == Frame.goAway { findings.identifierBytes = (9..<13).map { offset + $0 } }
      if frame.stream == 0x7f01_0203 { findings.selfDependencies = [offset + 13] }
      offset += frame.bytes.count
    }
    findings.headers[2].continuation = 1
    findings.headers[3].continuation = 2
    return findings
  }()

  @Test func `frames are found wherever the bytes are cut`() {
    let bytes = Self.frames.flatMap(\.bytes)
    #expect(scan([bytes]).findings == Self.expected)
    #expect(scan(bytes.map { [$0] }).findings == Self.expected)
    for first in 0...bytes.count {
      let second = min(bytes.count, first + first % 13)
      let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
      #expect(scan(pieces).findings == Self.expected)
    }
  }

  @Test func `a header block lasts from its first header to its last byte`() {
    var open: [Bool] = []
    let frames = [Self.frames[0], Self.frames[1], Self.frames[2], Self.frames[3], Frame.ping()]
    let bytes = frames.flatMap(\.bytes)
    for end in 0...bytes.count {
      open.append(scan([Array(bytes[..<end])]).scanner.isInHeaderBlock)
    }
    // SETTINGS take 15 bytes; the block is 12, 9 and 10 bytes long.
    let headerEnds = 15 + 9
    let blockEnds = 15 + 12 + 9 + 10
    #expect(open == (0...bytes.count).map { $0 >= headerEnds && $0 < blockEnds })
  }

  @Test func `an empty header block is over with its header`() {
    let frame = Frame(type: Frame.headers, flags: Frame.endHeaders, stream: 1)
    #expect(!scan([frame.bytes]).scanner.isInHeaderBlock)
  }

  @Test func `a frame lasts from its first byte to its last`() {
    let bytes = Frame.ping().bytes
    let within = (0...bytes.count).map { scan([Array(bytes[..<$0])]).scanner.isInFrame }
    #expect(within == [false] + Array(repeating: true, count: 16) + [false])
  }

  @Test func `a frame in the place of a CONTINUATION interrupts the block`() {
    let frames = [
      Frame(type: Frame.headers, stream: 1), Frame(type: Frame.continuation, stream: 1),
      .data(1, []), Frame.ping(), .headers(3), .data(3, []),
    ]
    let found = scan([frames.flatMap(\.bytes)]).findings.headers
    #expect(found.map(\.interruptsBlock) == [false, false, true, false, false, false])
  }

  @Test(arguments: [0, 3, 4, 6])
  func `the dependency of a PRIORITY of another length is not looked at`(length: Int) {
    let short = Frame(
      type: Frame.priority, stream: 0x0909_0909, payload: [UInt8](repeating: 9, count: length))
    let (findings, _) = scan([short.bytes + Frame.ping().bytes])
    #expect(findings.headers.map(\.type) == [Frame.priority, Frame.ping])
    #expect(findings.selfDependencies.isEmpty)
  }

  @Test func `a CONTINUATION outside of a header block is not counted`() {
    let frames = [
      Frame(type: Frame.continuation, stream: 1), .headers(1),
      Frame(type: Frame.continuation, stream: 1),
      Frame(type: Frame.headers, stream: 3), .ping(), Frame(type: Frame.continuation, stream: 3),
    ]
    let found = scan([frames.flatMap(\.bytes)]).findings.headers
    #expect(found.map(\.continuation) == [0, 0, 0, 0, 0, 0])
  }

  @Test func `the count of CONTINUATIONs begins anew with each block`() {
    let block = [
      Frame(type: Frame.headers, stream: 1), Frame(type: Frame.continuation, stream: 1),
      Frame(type: Frame.continuation, flags: Frame.endHeaders, stream: 1),
    ]
    let found = scan([(block + block).flatMap(\.bytes)]).findings.headers
    #expect(found.map(\.continuation) == [0, 1, 2, 0, 1, 2])
  }

  @Test(arguments: 0..<8)
  func `a GOAWAY too short for an identifier leaves the next frame alone`(length: Int) {
    let short = Frame(type: Frame.goAway, payload: [UInt8](repeating: 9, count: length))
    let (findings, _) = scan([short.bytes + Frame.ping().bytes])
    #expect(findings.headers.map(\.type) == [Frame.goAway, Frame.ping])
    #expect(findings.identifierBytes.count == min(4, length))
  }

  @Test func `the longest frame is skipped in pieces`() {
    let length = (1 << 24) - 1
    let header = Frame(type: Frame.data, stream: 1, claimedLength: length).bytes
    let piece = [UInt8](repeating: 0, count: 1 << 20)
    let rest = Array(piece.dropLast())
    let (findings, scanner) = scan(
      [header] + Array(repeating: piece, count: 15) + [rest, Frame.ping().bytes])
    #expect(findings.headers.map(\.type) == [Frame.data, Frame.ping])
    #expect(findings.headers.first?.length == length && !scanner.isInFrame)
  }
}

@Suite(.timeLimit(.minutes(2))) struct ClientPrefaceTests {
  private func match(_ preface: inout ClientPreface, _ bytes: [UInt8]) -> ClientPreface.Outcome {
    unsafe preface.match(bytes.span.bytes)
  }

  @Test func `it is matched in any pieces, and takes no more than itself`() {
    let bytes = ClientPreface.bytes + [1, 2, 3]
    #expect(ClientPreface.bytes == Frame.preface)
    for first in 0...24 {
      var preface = ClientPreface()
      let outcome = match(&preface, Array(bytes[..<first]))
      #expect(outcome == (first == 24 ? .complete(24) : .incomplete))
      guard first < 24 else { continue }
      let rest = match(&preface, Array(bytes[first...]))
      #expect(rest == .complete(24 - first) && preface.isComplete)
    }
  }

  @Test func `every byte of it counts`() {
    for place in 0..<24 {
      var bytes = ClientPreface.bytes
      bytes[place] ^= 0x80
      var preface = ClientPreface()
      let expected: HTTP2Error.PeerGuess = (1..<4).contains(place) ? .http1 : .unknown
      let outcome = match(&preface, bytes)
      #expect(outcome == .foreign(expected))
    }
  }

  @Test func `it costs less than a pointer`() {
    #expect(MemoryLayout<ClientPreface>.size <= 8)
  }
}
