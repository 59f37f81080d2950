import HTTP2
import Testing

/// One class of abuse in few frames, under limits low enough for that.
struct Abuse: CustomTestStringConvertible, Sendable {
  let name: String
  let frames: [Frame]
  /// The expected end: GOAWAY with this code, or RST_STREAM with it.
  let ending: Ending
  /// The expected end in the segment of the preface, if it differs: the peer has seen no SETTINGS
  /// yet.
  let endingBeforeSettings: Ending

  enum Ending: Equatable {
    case goAway(UInt32)
    case reset(UInt32)
    /// No refusal.
    case none
  }

  var testDescription: String { name }

  init(
    _ name: String, _ ending: Ending, beforeSettings: Ending? = nil, _ frames: [Frame]
  ) {
    self.name = name
    self.ending = ending
    endingBeforeSettings = beforeSettings ?? ending
    self.frames = frames
  }

  static let limits: HTTP2Limits = {
    var limits = HTTP2Limits()
    limits.maxConcurrentStreams = 30
    limits.resets = .init(burst: 20, perSecond: 0)
    limits.inducedResets = .init(burst: 10, perSecond: 0)
    // The first SETTINGS and their acknowledgement cost 20.
    limits.glitches = .init(burst: 60, perSecond: 0)
    limits.maxQueuedAcks = 20
    limits.maxSettingsEntries = 8
    return limits
  }()

  private static let calm = Ending.goAway(0xb)

  static let all: [Abuse] =
    [
      Abuse(
        "rapid reset (CVE-2023-44487)", calm,
        numbers(25).flatMap { [.headers($0, end: true), .reset($0)] }),
      Abuse(
        "more streams than announced", .goAway(1), beforeSettings: calm,
        numbers(120).map { .headers($0) }),
      Abuse(
        "CONTINUATION frames (CVE-2024-28182)", calm,
        [Frame(type: 1, stream: 1, payload: [0x83, 0x86])] + continuations(1, 9)),
      Abuse(
        "CONTINUATION frames of a block that is ignored", calm,
        StreamError.connectionHeader.frames(3) + [Frame(type: 1, stream: 3, payload: [0x83])]
          + continuations(3, 9)),
      Abuse(
        "empty CONTINUATION frames, some for each block (CVE-2026-33871)", calm,
        StreamError.connectionHeader.frames(1)
          + (0..<20).flatMap { _ in
            [Frame(type: 1, stream: 1)] + continuations(1, 2) + [
              Frame(type: 9, flags: 4, stream: 1)
            ]
          }),
      Abuse(
        "SETTINGS with many entries (CVE-2019-9515)", calm,
        [.settings((0..<9).map { _ in (3, 1) })]),
      Abuse("MAX_FRAME_SIZE of 0 (CVE-2026-33814)", .goAway(1), [.settings([(5, 0)])]),
      Abuse(
        "MAX_HEADER_LIST_SIZE of 1 (CVE-2026-50560)", .none, [.settings([(6, 1)]), .headers(1)]),
      Abuse("PINGs whose answers are not read", calm, (0..<25).map { _ in .ping() }),
      Abuse("an HPACK bomb (CVE-2016-1544)", .reset(0xb), [bomb(1)]),
      Abuse("HPACK bombs", calm, numbers(15).map { bomb($0) }),
    ]
    + StreamError.allCases.map { kind in
      Abuse(
        "\(kind) (CVE-2025-8671)", kind == .windowUpdateZero ? .goAway(1) : calm,
        numbers(15).flatMap { kind.frames($0) })
    }
    + Glitch.allCases.map { kind in
      Abuse(
        "\(kind) (CVE-2019-9512 and kin)", calm,
        kind.prologue + (0..<70).map { _ in kind.frame })
    }
    + (0x0a...0x0f).map { type in
      Abuse(
        "frames of type \(type) (CVE-2026-27141)", calm,
        (0..<70).map { _ in Frame(type: UInt8(type), payload: [0, 0, 0]) })
    }
    + ProtocolRulesTests.connectionErrors.filter { $0.name != "SETTINGS ACK out of the blue" }
    .map { Abuse($0.name, .goAway($0.code), $0.frames) }
    + ProtocolRulesTests.streamErrors.map { Abuse($0.name, .reset($0.code), $0.frames) }

  /// The first odd numbers, as stream identifiers.
  private static func numbers(_ count: UInt32) -> [UInt32] { (0..<count).map { $0 * 2 + 1 } }

  private static func continuations(_ stream: UInt32, _ count: Int) -> [Frame] {
    (0..<count).map { _ in Frame(type: Frame.continuation, stream: stream) }
  }

  /// An entry of 3 kB for the table, then one byte for each use of it.
  private static func bomb(_ stream: UInt32) -> Frame {
    var frame = Frame.headers(stream, end: true)
    let entry = Frame.literal([("bomb", String(repeating: "x", count: 3000))])
    frame.payload += [0x40] + entry.dropFirst() + [UInt8](repeating: 0xbe, count: 2000)
    return frame
  }
}

/// Errors for which a server resets a stream.
enum StreamError: CaseIterable {
  case windowOverflow, connectionHeader, missingPath, contentLength, dataPastContentLength
  case upperCaseName, windowUpdateZero

  func frames(_ id: UInt32) -> [Frame] {
    switch self {
    case .windowOverflow: [.headers(id), .windowUpdate(id, 0x7fff_ffff)]
    case .connectionHeader: [.headers(id, Frame.request + [("connection", "close")])]
    case .missingPath: [.headers(id, Frame.request.filter { $0.0 != ":path" })]
    case .contentLength:
      [.headers(id, Frame.request + [("content-length", "10")]), .data(id, [1], end: true)]
    case .dataPastContentLength:
      [.headers(id, Frame.request + [("content-length", "1")]), .data(id, [1, 2, 3])]
    case .upperCaseName: [.headers(id, Frame.request + [("Upper", "x")])]
    case .windowUpdateZero: [.headers(id), .windowUpdate(id, 0)]
    }
  }
}

/// Frames that cost work and carry nothing.
enum Glitch: CaseIterable {
  case ping, pingAck, settings, priority, windowUpdate, unknown, emptyData, tinyData, paddedData
  case goAway, oldHeaders, oldData

  /// What the session calls it.
  var refusal: HTTP2Refusal {
    switch self {
    case .ping, .pingAck: .pingFlood
    case .settings: .settingsFlood
    case .emptyData, .tinyData, .paddedData, .oldData: .dataFlood
    case .priority, .windowUpdate, .unknown, .goAway, .oldHeaders: .glitchFlood
    }
  }

  /// What comes before the flood: a stream that is open, and one that the server resets.
  var prologue: [Frame] { [.headers(1)] + StreamError.connectionHeader.frames(5) }

  var frame: Frame {
    switch self {
    case .ping: .ping()
    case .pingAck: .ping(ack: true)
    case .settings: .settings()
    case .priority: Frame(type: Frame.priority, stream: 3, payload: [0, 0, 0, 1, 16])
    case .windowUpdate: .windowUpdate(0, 1)
    case .unknown: Frame(type: 0xfe, payload: [1, 2, 3])
    case .emptyData: .data(1, [])
    case .tinyData: .data(1, [0])
    case .paddedData:
      Frame(
        type: Frame.data, flags: Frame.padded, stream: 1,
        payload: [200] + [UInt8](repeating: 0, count: 200))
    case .goAway: Frame(type: Frame.goAway, payload: [0, 0, 0, 1, 0, 0, 0, 0])
    case .oldHeaders: .headers(5)
    case .oldData: .data(5, [])
    }
  }
}
