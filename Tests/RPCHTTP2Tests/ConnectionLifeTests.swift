import EventLoop
import HTTP2
import Testing

@testable import RPCHTTP2

/// A life on a clock of its own: what happens, at which second.
private struct Story {
  var life = ConnectionLife(at: MonotonicTime(nanoseconds: 0))
  var sight = ConnectionLife.Sight()
  var limits: ConnectionLimits

  enum Event: Sendable {
    case opened, settings, callBegan, callEnded, shutdown, peerWentAway, failed, sendingEnded
    case ended
    /// What a look sees from now on.
    case outputWaits, outputMoves(Int), nothingWaits, headerBlockBegan, headerBlockEnded
    case sessionHasFailed
  }

  init(_ events: [(Int, Event)], limits: ConnectionLimits = Self.limits) {
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
    case .outputWaits: sight.hasOutput = true
    case .outputMoves(let bytes): sight.bytesWritten += bytes
    case .nothingWaits: sight.hasOutput = false
    case .headerBlockBegan: sight.isInHeaderBlock = true
    case .headerBlockEnded: sight.isInHeaderBlock = false
    case .sessionHasFailed: sight.hasFailed = true
    }
  }

  /// The actions of one look a second, up to `last` seconds or the end, buffers aside.
  mutating func looks(from first: Int = 0, to last: Int) -> [Int: ConnectionLife.Action] {
    var actions: [Int: ConnectionLife.Action] = [:]
    for second in first...last {
      let action = life.looked(sight, at: Self.time(second), limits)
      if action == .nothing || action == .releaseBuffers { continue }
      actions[second] = action
      if case .close = action { break }
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
      ([(0, .opened)], 10, .close("no HTTP/2 preface and SETTINGS in time")),
      ([(3, .opened)], 13, .close("no HTTP/2 preface and SETTINGS in time")),
      ([(0, .opened), (5, .shutdown)], 7, .finishGoAway),
      // Nobody calls: at first, or any more.
      ([(3, .opened), (4, .settings)], 63, .sendGoAway),
      ([(0, .opened), (4, .settings)], 60, .sendGoAway),
      (
        [(0, .opened), (1, .settings), (2, .callBegan), (7, .callEnded)], 1807, .sendGoAway
      ),
      (
        [(0, .opened), (1, .settings), (8, .headerBlockBegan)], 10,
        .terminate(
          .protocolError, "a header block takes too long")
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

  @Test("timeouts are looked at four times while the shortest passes", arguments: 0..<6)
  func tick(number: Int) {
    var limits = ConnectionLimits()
    let short = Duration.milliseconds(400)
    switch number {
    case 0: limits.handshakeTimeout = short
    case 1: limits.headerBlockTimeout = short
    case 2: limits.stalledWriteTimeout = short
    case 3: limits.lingerTime = short
    case 4: limits.idleTimeout = short
    default: limits.unusedTimeout = short
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

  /// Every phase in which something may still be written.
  private static let openPhases: [[Story.Event]] = [
    [], [.settings], [.settings, .callBegan], [.settings, .shutdown],
    [.settings, .callBegan, .shutdown], [.settings, .peerWentAway], [.failed],
    [.settings, .callBegan, .failed], [.sendingEnded], [.settings, .shutdown, .sendingEnded],
  ]

  @Test("output without progress ends a connection in whatever phase", arguments: openPhases)
  fileprivate func stalledOutput(events: [Story.Event]) {
    var story = Story([(0, .opened)] + events.map { (0, $0) } + [(0, .outputWaits)])
    let actions = story.looks(to: 31)
    #expect(actions.values.contains { if case .close = $0 { true } else { false } })
  }

  @Test("a session that has failed is closed, whatever else goes on", arguments: openPhases)
  fileprivate func failedSession(events: [Story.Event]) {
    for output in [Story.Event.nothingWaits, .outputWaits] {
      var story = Story(
        [(0, .opened)] + events.map { (0, $0) } + [(0, .sessionHasFailed), (0, output)])
      var isClosed = false
      for second in 0...31 where !isClosed {
        // A reader that takes a byte a second does not keep it.
        story.apply(.outputMoves(1), Story.time(second))
        let action = story.life.looked(story.sight, at: Story.time(second), story.limits)
        if case .close = action { isClosed = true }
      }
      #expect(isClosed)
    }
  }

  @Test func `a slow reader that moves is not stalled`() {
    var story = Story([(0, .opened), (0, .settings), (0, .callBegan), (0, .outputWaits)])
    for second in stride(from: 0, to: 1000, by: 29) {
      story.apply(.outputMoves(1), Story.time(second))
      let seen5 = story.looks(from: second, to: second + 28)
      #expect(seen5 == [:])
    }
    let seen6 = story.looks(from: 1015, to: 1040)
    #expect(seen6 == [1017: .close("the peer does not read")])
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
    #expect(seen9 == [61: .close("the peer does not read")])
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
      story.life.looked(story.sight, at: Story.time(second), story.limits)
    }
    var actions = [look(1), look(2)]
    story.apply(.callBegan, Story.time(3))
    actions.append(look(3))
    story.apply(.callEnded, Story.time(4))
    actions.append(look(5))
    #expect(actions == [.releaseBuffers, .nothing, .nothing, .releaseBuffers])
  }
}
