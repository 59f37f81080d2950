import EventLoop
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

/// The life of a connection on a clock of its own: the events of each second.
private struct Story {
  var life: ConnectionLife
  var seen = ConnectionLife.Observation()
  var limits: ConnectionLimits
  /// The action after each PING of the peer.
  var pings: [ConnectionLife.Action] = []

  enum Event: Sendable {
    case opened, settings, callBegan, callEnded, shutdown, peerWentAway, failed, sendingEnded
    case ended
    /// The observations of later looks.
    case outputWaits, outputMoves(Int), nothingWaits, headerBlockBegan, headerBlockEnded
    case sessionHasFailed, received(Int)
    /// A PING of the peer, after this many HEADERS and DATA frames were sent.
    case pinged(Int)
  }

  init(
    _ events: [(Int, Event)], limits: ConnectionLimits = Self.limits,
    role: HTTP2Session.Role = .server, ageFactor: Double = 1
  ) {
    life = ConnectionLife(role, at: Self.time(0), ageFactor: ageFactor)
    seen.keepAlive = limits.keepAlive
    self.limits = limits
    for (second, event) in events { apply(event, Self.time(second)) }
  }

  static let limits: ConnectionLimits = {
    var limits = ConnectionLimits()
    limits.handshakeTimeout = .seconds(10)
    limits.headerBlockTimeout = .seconds(10)
    limits.stalledWriteTimeout = .seconds(30)
    limits.lingerTime = .seconds(1)
    limits.idleTimeout = .seconds(1800)
    limits.unusedTimeout = .seconds(60)
    return limits
  }()

  static func time(_ second: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
  }

  mutating func apply(_ event: Event, _ now: MonotonicTime) {
    switch event {
    case .opened: life.opened(at: now)
    case .settings: life.settingsReceived(at: now)
    case .callBegan: life.callBegan()
    case .callEnded: life.callEnded(at: now)
    case .shutdown: _ = life.shutdownWanted(at: now)
    case .peerWentAway: life.peerWentAway(at: now)
    case .failed: life.sessionFailed(at: now)
    case .sendingEnded: _ = life.sendingEnded(at: now)
    case .ended: _ = life.ended()
    case .outputWaits: seen.hasOutput = true
    case .outputMoves(let bytes): seen.bytesTaken += bytes
    case .nothingWaits: seen.hasOutput = false
    case .headerBlockBegan: seen.isInHeaderBlock = true
    case .headerBlockEnded: seen.isInHeaderBlock = false
    case .sessionHasFailed: seen.hasFailed = true
    case .received(let bytes): seen.bytesRead += bytes
    case .pinged(let frames):
      pings.append(life.pinged(at: now, framesSent: frames, limits.pings))
    }
  }

  /// The actions of one look a second, up to `last` seconds or the end; actions about buffers are
  /// left out.
  mutating func looks(from first: Int = 0, to last: Int) -> [Int: ConnectionLife.Action] {
    var actions: [Int: ConnectionLife.Action] = [:]
    for second in first...last {
      let action = life.looked(seen, at: Self.time(second), limits)
      if action == .nothing || action == .releaseBuffers { continue }
      actions[second] = action
      if action.ends { break }
    }
    return actions
  }
}

@Suite(.timeLimit(.minutes(2))) struct ConnectionLifeTests {
  @Test(
    "a phase leads only to those behind it",
    arguments: [
      ([], .connecting),
      ([.opened], .handshake),
      ([.opened, .settings], .serving),
      ([.opened, .settings, .opened], .serving),
      ([.shutdown], .connecting),
      ([.shutdown, .opened], .draining),
      ([.shutdown, .opened, .settings], .draining),
      ([.opened, .shutdown, .settings], .draining),
      ([.opened, .settings, .shutdown], .draining),
      ([.opened, .settings, .peerWentAway], .draining),
      ([.opened, .settings, .shutdown, .failed], .failed),
      ([.opened, .failed, .shutdown], .failed),
      ([.opened, .failed, .settings], .failed),
      ([.opened, .failed, .peerWentAway], .failed),
      ([.opened, .failed, .sendingEnded], .lingering),
      ([.opened, .sendingEnded, .failed], .lingering),
      ([.opened, .sendingEnded, .peerWentAway, .shutdown], .lingering),
      ([.sendingEnded], .connecting),
      ([.failed], .connecting),
      ([.ended, .opened, .settings, .failed, .shutdown, .sendingEnded], .closed),
    ] as [([Story.Event], ConnectionLife.Phase)])
  fileprivate func phases(events: [Story.Event], phase: ConnectionLife.Phase) {
    #expect(Story(events.map { (0, $0) }).life.phase == phase)
  }

  @Test func `GOAWAY is sent once, and the end comes once`() {
    var life = Story([(0, .opened), (0, .settings)]).life
    let sends = [life.shutdownWanted(at: Story.time(1)), life.shutdownWanted(at: Story.time(2))]
    #expect(sends == [true, false])
    #expect(life.phaseBegan == Story.time(1))
    let lingers = [life.sendingEnded(at: Story.time(3)), life.sendingEnded(at: Story.time(3))]
    #expect(lingers == [true, false])
    let ends = [life.ended(), life.ended()]
    #expect(ends == [true, false])
  }

  @Test func `a client's shutdown before it has a socket is told once`() {
    var life = Story([]).life
    #expect(life.takesCalls)
    let sends = [life.shutdownWanted(at: Story.time(0)), life.shutdownWanted(at: Story.time(0))]
    #expect(sends == [true, false])
    #expect(!life.takesCalls)
  }

  @Test(
    "calls are taken until the first word of the end",
    arguments: [
      ([.opened], true), ([.opened, .settings], true), ([.opened, .shutdown], false),
      ([.opened, .peerWentAway], false), ([.opened, .failed], false),
      ([.opened, .sendingEnded], false), ([.ended], false),
    ] as [([Story.Event], Bool)])
  fileprivate func takesCalls(events: [Story.Event], takes: Bool) {
    #expect(Story(events.map { (0, $0) }).life.takesCalls == takes)
  }

  @Test(
    "time acts at the limit, not before",
    arguments: [
      // Silence, and half a handshake.
      ([(0, .opened)], 10, .refuse(.handshakeTimeout, "no HTTP/2 preface and SETTINGS in time")),
      ([(3, .opened)], 13, .refuse(.handshakeTimeout, "no HTTP/2 preface and SETTINGS in time")),
      ([(0, .opened), (5, .shutdown)], 7, .finishGoAway),
      // No calls: from the beginning, or any more.
      ([(3, .opened), (4, .settings)], 63, .sendGoAway),
      ([(0, .opened), (4, .settings)], 60, .sendGoAway),
      (
        [(0, .opened), (1, .settings), (2, .callBegan), (7, .callEnded)], 1807, .sendGoAway
      ),
      (
        [(0, .opened), (1, .settings), (8, .headerBlockBegan)], 10,
        .terminate(
          .protocolError, .headerBlockTimeout, "a header block takes too long")
      ),
      ([(0, .opened), (1, .settings), (9, .shutdown)], 11, .finishGoAway),
      ([(0, .opened), (1, .settings), (9, .peerWentAway)], 11, .finishGoAway),
      ([(0, .opened), (1, .settings), (9, .sendingEnded)], 10, .close("the peer does not close")),
    ] as [([(Int, Story.Event)], Int, ConnectionLife.Action)])
  fileprivate func time(
    events: [(Int, Story.Event)], second: Int, action: ConnectionLife.Action
  ) {
    var story = Story(events)
    let seen1 = story.looks(to: second - 1)
    #expect(seen1 == [:])
    let seen2 = story.looks(from: second, to: second)
    #expect(seen2 == [second: action])
  }

  @Test func `the last stream of a drain is named once`() {
    var story = Story([(0, .opened), (1, .settings), (2, .callBegan), (3, .shutdown)])
    let seen = story.looks(to: 100)
    #expect(seen == [5: .finishGoAway])
  }

  @Test("timeouts are looked at four times while the shortest passes", arguments: 0..<10)
  func tick(number: Int) {
    var limits = ConnectionLimits()
    let short = Duration.milliseconds(400)
    switch number {
    case 0: limits.handshakeTimeout = short
    case 1: limits.headerBlockTimeout = short
    case 2: limits.stalledWriteTimeout = short
    case 3: limits.lingerTime = short
    case 4: limits.idleTimeout = short
    case 5: limits.unusedTimeout = short
    case 6: limits.keepAlive = KeepAlivePings(time: short)
    case 7:
      limits.keepAlive = KeepAlivePings(time: .seconds(100))
      limits.keepAlive?.timeout = short
    case 8: limits.age = ConnectionAge(maximum: short)
    default: limits.age = ConnectionAge(maximum: .seconds(100), grace: short)
    }
    #expect(limits.tick == .milliseconds(100))
  }

  @Test func `a connection with a call is not idle, however long it takes`() {
    var story = Story([(0, .opened), (1, .settings), (2, .callBegan)])
    let seen3 = story.looks(to: 100_000)
    #expect(seen3 == [:])
    #expect(!story.life.isIdle)
  }

  @Test func `without limits an idle connection stays`() {
    var limits = Story.limits
    limits.idleTimeout = nil
    limits.unusedTimeout = nil
    var story = Story([(0, .opened), (1, .settings)], limits: limits)
    let seen4 = story.looks(to: 100_000)
    #expect(seen4 == [:])
    #expect(story.life.isIdle)
  }

  /// Every phase in which the connection may still write.
  private static let openPhases: [[Story.Event]] = [
    [], [.settings], [.settings, .callBegan], [.settings, .shutdown],
    [.settings, .callBegan, .shutdown], [.settings, .peerWentAway], [.failed],
    [.settings, .callBegan, .failed], [.sendingEnded], [.settings, .shutdown, .sendingEnded],
  ]

  @Test("output without progress ends a connection in whatever phase", arguments: openPhases)
  fileprivate func stalledOutput(events: [Story.Event]) {
    var story = Story([(0, .opened)] + events.map { (0, $0) } + [(0, .outputWaits)])
    let actions = story.looks(to: 31)
    #expect(actions.values.contains { $0.ends })
  }

  @Test("a session that has failed is closed, whatever else goes on", arguments: openPhases)
  fileprivate func failedSession(events: [Story.Event]) {
    for output in [Story.Event.nothingWaits, .outputWaits] {
      var story = Story(
        [(0, .opened)] + events.map { (0, $0) } + [(0, .sessionHasFailed), (0, output)])
      var isClosed = false
      for second in 0...31 where !isClosed {
        // A reader that takes a byte a second does not keep the connection open.
        story.apply(.outputMoves(1), Story.time(second))
        let action = story.life.looked(story.seen, at: Story.time(second), story.limits)
        if action.ends { isClosed = true }
      }
      #expect(isClosed)
    }
  }

  @Test func `a slow reader that moves is not stalled`() {
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan), (0, .outputWaits)])
    for second in stride(from: 0, to: 1000, by: 29) {
      story.apply(.outputMoves(4096), Story.time(second))
      let seen5 = story.looks(from: second, to: second + 28)
      #expect(seen5 == [:])
    }
    let seen6 = story.looks(from: 1015, to: 1040)
    #expect(seen6 == [1016: .refuse(.stalledConnection, "the peer does not read")])
  }

  @Test func `a reader that takes byte after byte is stalled`() {
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan), (0, .outputWaits)])
    var end: Int?
    for second in 0...100 where end == nil {
      story.apply(.outputMoves(100), Story.time(second))
      let action = story.life.looked(story.seen, at: Story.time(second), story.limits)
      if action == .refuse(.stalledConnection, "the peer does not read") { end = second }
    }
    #expect(end == 30)
  }

  @Test func `output that comes after a pause has its whole time`() {
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan), (0, .outputWaits)])
    let seen7 = story.looks(to: 29)
    #expect(seen7 == [:])
    story.apply(.nothingWaits, Story.time(30))
    let seen8 = story.looks(from: 30, to: 30)
    #expect(seen8 == [:])
    story.apply(.outputWaits, Story.time(31))
    let seen9 = story.looks(from: 31, to: 61)
    #expect(seen9 == [61: .refuse(.stalledConnection, "the peer does not read")])
  }

  @Test func `a header block that ends in time leaves no trace`() {
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan), (0, .headerBlockBegan)])
    let seen10 = story.looks(to: 9)
    #expect(seen10 == [:])
    story.apply(.headerBlockEnded, Story.time(10))
    let seen11 = story.looks(from: 10, to: 10)
    #expect(seen11 == [:])
    story.apply(.headerBlockBegan, Story.time(11))
    let seen12 = story.looks(from: 11, to: 20)
    #expect(seen12 == [:])
  }

  @Test func `buffers are given back once, and again after the next call`() {
    var story = Story([(0, .opened), (0, .settings)])
    func look(_ second: Int) -> ConnectionLife.Action {
      story.life.looked(story.seen, at: Story.time(second), story.limits)
    }
    var actions = [look(1), look(2)]
    story.apply(.callBegan, Story.time(3))
    actions.append(look(3))
    story.apply(.callEnded, Story.time(4))
    actions.append(look(5))
    #expect(actions == [.releaseBuffers, .nothing, .nothing, .releaseBuffers])
  }

  // MARK: Keepalive, strikes and age

  /// The phases, and whether a silent peer gets a PING in them.
  @Test(
    "a silent peer is asked while the connection serves",
    arguments: [
      ([.opened], nil), ([.opened, .settings], 10), ([.opened, .settings, .callBegan], 10),
      ([.opened, .settings, .callBegan, .shutdown], 10),
      ([.opened, .settings, .failed], nil), ([.opened, .settings, .sendingEnded], nil),
      ([.ended], nil), ([], nil),
    ] as [([Story.Event], Int?)])
  fileprivate func keepAlive(events: [Story.Event], second: Int?) {
    var limits = Story.limits
    limits.keepAlive = KeepAlivePings(time: .seconds(10))
    limits.keepAlive?.timeout = .seconds(5)
    limits.handshakeTimeout = .seconds(1000)
    for role in [HTTP2Session.Role.server, .client] {
      // The connection counts as idle until the end of silence is checked; the first GOAWAY is
      // answered.
      var story = Story(events.map { (0, $0) }, limits: limits, role: role)
      let actions = story.looks(to: 20)
      let asks = role == .server || story.life.calls > 0
      #expect(actions.first { $0.value == .sendPing }?.key == (asks ? second : nil))
      let end = second.map { $0 + 5 }
      let goes = ConnectionLife.Action.close("the peer does not answer PING")
      #expect(actions.first { $0.value == goes }?.key == (asks ? end : nil))
    }
  }

  @Test(
    "PINGs are counted while frames may be sent, on servers with a limit",
    arguments: [
      ([.opened, .settings], .server, true, true), ([.opened], .server, true, true),
      ([.opened, .settings, .shutdown], .server, true, true),
      ([.opened, .settings], .server, false, false),
      ([.opened, .settings], .client, true, false),
      ([.opened, .settings, .failed], .server, true, false),
      ([.opened, .settings, .sendingEnded], .server, true, false),
      ([.ended], .server, true, false),
    ] as [([Story.Event], HTTP2Session.Role, Bool, Bool)])
  fileprivate func strikes(
    events: [Story.Event], role: HTTP2Session.Role, isLimited: Bool, isTerminated: Bool
  ) {
    var limits = Story.limits
    limits.pings = isLimited ? PingLimits() : nil
    let pings = Array(repeating: Story.Event.pinged(0), count: 4)
    let story = Story((events + pings).map { (0, $0) }, limits: limits, role: role)
    let last: ConnectionLife.Action =
      isTerminated ? .terminate(.enhanceYourCalm, .tooManyPings, "too_many_pings") : .nothing
    #expect(story.pings == [.nothing, .nothing, .nothing, last])
  }

  @Test(
    "age ends a server's connection, with grace for its calls",
    arguments: [
      ([.opened, .settings], .server, 1, [100: .sendGoAway, 130: .tooOld]),
      ([.opened, .settings, .callBegan], .server, 1, [100: .sendGoAway, 130: .tooOld]),
      ([.opened, .settings, .callBegan], .server, 0.75, [75: .sendGoAway, 105: .tooOld]),
      ([.opened, .settings, .callBegan], .server, 1.25, [125: .sendGoAway, 155: .tooOld]),
      ([.opened, .settings, .callBegan], .client, 1, [:]),
      // The connection ends for another reason: its grace time is not the one of its age.
      ([.opened, .settings, .callBegan, .shutdown], .server, 1, [:]),
    ] as [([Story.Event], HTTP2Session.Role, Double, [Int: ConnectionLife.Action])])
  fileprivate func age(
    events: [Story.Event], role: HTTP2Session.Role, factor: Double,
    actions: [Int: ConnectionLife.Action]
  ) {
    var limits = Story.limits
    limits.age = ConnectionAge(maximum: .seconds(100), grace: .seconds(30))
    limits.idleTimeout = nil
    limits.unusedTimeout = nil
    var story = Story(events.map { (0, $0) }, limits: limits, role: role, ageFactor: factor)
    let seen = story.looks(to: 200).filter { $0.value != .finishGoAway }
    #expect(seen == actions)
  }

  @Test func `without a grace time an old connection's calls may take for ever`() {
    var limits = Story.limits
    limits.age = ConnectionAge(maximum: .seconds(100))
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan)], limits: limits)
    let seen = story.looks(to: 10_000)
    #expect(seen == [100: .sendGoAway, 102: .finishGoAway])
  }
}

extension ConnectionLife.Action {
  /// The connection is closed at once.
  fileprivate var ends: Bool {
    switch self {
    case .close, .refuse: true
    default: false
    }
  }

  fileprivate static let tooOld = Self.close("the grace time of its age is over")
}
