import EventLoop
import HTTP2
import RPC
import RPCHTTP2
import Testing
import TrackController
import TrackDomain
import TrackGit
import TrackRemotes
import TrackStoreSQLite

@testable import trackd

/// The log lines for the events of trackd's parts.
@Suite(.timeLimit(.minutes(2))) struct EventLogTests {
  /// The lines that `log` writes, without their times; the limit is one a second for each kind and
  /// peer.
  private func lines(_ level: LogLevel = .info, of log: (Logger) -> Void) throws -> [String] {
    let sink = Sink()
    let logger = try Logger(
      level: level, format: .text, rate: 1, clock: { 0 }, output: { sink.write($0) })
    log(logger)
    logger.shutdown()
    return sink.lines
  }

  @Test(
    arguments: [
      (
        .foreignFile(path: "/d/trackd.db", owner: 7),
        "warning a file of the data directory belongs to another user path=/d/trackd.db owner=7"
      ),
      (.dataLost(reason: "gone"), "error acknowledged writes are lost, as accepted reason=gone"),
      (
        .lockedByOthers,
        "error another process has the database locked: writes are refused meanwhile"
      ),
      (
        .clockJumped(by: .seconds(-3600)),
        "warning the time of day was changed; retention does not follow it seconds=-3600"
      ),
      (
        .restored(lostUpTo: 9),
        "warning the database was put back to an earlier state: watches begin anew lost_up_to=9"
      ),
      (
        .logIsLong(frames: 4000),
        "warning somebody reads all the time, and the database's log grows frames=4000"
      ),
    ] as [(StoreEvent, String)])
  func `of the store`(event: StoreEvent, line: String) throws {
    #expect(try lines { StoreLog(logger: $0).log(event) } == [line])
  }

  @Test(
    arguments: [
      (
        .retrying(operationId: "o", attempts: 2, error: "no answer"),
        #"warning operation did not work yet: it is tried again operation=o attempts=2 "#
          + #"error="no answer""#
      ),
      (
        .failed(deploymentId: "d", error: "refused"),
        "warning deployment failed deployment=d error=refused"
      ),
      (
        .reportDropped(deploymentId: "d", error: "e"),
        "error release management was not told what became of a deployment deployment=d error=e"
      ),
      (
        .deletionGivenUp(componentId: "c", trackId: "t", error: "e"),
        "error deletion of a deployment track was given up component=c deployment_track=t error=e"
      ),
      (
        .storeUnavailable("full"),
        "warning the store takes nothing now: operations wait error=full"
      ),
      (
        .storeFailed(operationIds: (0..<12).map { "o\($0)" }, error: "e"),
        #"error operations cannot be read or recorded: they are tried again later "#
          + #"operations="o0 o1 o2 o3 o4 o5 o6 o7 o8 o9" count=12 error=e"#
      ),
    ] as [(ExecutorEvent, String)])
  func `of operations`(event: ExecutorEvent, line: String) throws {
    #expect(try lines { ExecutorLog(logger: $0).log(event) } == [line])
  }

  @Test func `what the store does to all operations is never left out`() throws {
    let written = try lines { logger in
      let log = ExecutorLog(logger: logger)
      for _ in 0..<20 {
        log.log(.storeUnavailable("full"))
        log.log(.storeFailed(operationIds: [], error: "e"))
      }
    }
    #expect(written.count == 40)
  }

  @Test(
    arguments: [
      (
        .failed(
          command: "push", host: "git.example", error: IntegrationError(.refused, "it refuses"),
          words: "policy 17"),
        #"warning git failed command=push host=git.example error="it refuses" words="policy 17""#
      ),
      (
        .failed(command: "", host: "", error: IntegrationError(.unavailable, "full"), words: ""),
        "warning git failed error=full"
      ),
      (
        .paused(host: "git.example", .seconds(4)),
        "warning Git host does not answer, and is left alone for a while host=git.example "
          + "milliseconds=4000"
      ),
    ] as [(GitEvent, String)])
  func `of git`(event: GitEvent, line: String) throws {
    #expect(try lines { GitLog(logger: $0).log(event) } == [line])
  }

  @Test(
    arguments: [
      (.connected, "info service connected address=h:1"),
      (.unreachable(reason: "r"), "warning service cannot be reached address=h:1 reason=r"),
      (.disconnected(reason: "r"), "info service disconnected address=h:1 reason=r"),
      (
        .paused(.milliseconds(1500)),
        "warning service does not answer, and is left alone for a while address=h:1 "
          + "milliseconds=1500"
      ),
      (.resumed, "info service answers again address=h:1"),
    ] as [(RemoteServer.Event, String)])
  func `of services outside`(event: RemoteServer.Event, line: String) throws {
    #expect(try lines { RemoteLog(logger: $0, address: "h:1").event(event) } == [line])
  }

  private static let totals: ConnectionTotals = {
    var totals = ConnectionTotals()
    totals.bytesRead = 1
    totals.bytesWritten = 2
    totals.streamsOpened = 3
    return totals
  }()

  @Test(
    arguments: [
      (.opened(peer: "p"), .debug, "debug connection opened peer=p"),
      (
        .closed(peer: "p", reason: "r", totals), .debug,
        "debug connection closed peer=p reason=r bytes_in=1 bytes_out=2 streams=3"
      ),
      (.refused(peer: "p", .badPreface), .info, "info refused peer=p reason=bad_preface"),
      (
        .madeRoom(peer: "p"), .warning,
        "warning connection closed: too many are open, and this one was idle longest peer=p"
      ),
      (.tooManyConnections, .warning, "warning connection refused: too many are open"),
    ] as [(ConnectionEvent, LogLevel, String)])
  func `of connections`(event: ConnectionEvent, level: LogLevel, line: String) throws {
    #expect(try lines(level) { ConnectionLog(logger: $0).connectionEvent(event) } == [line])
    guard let above = LogLevel.allCases.first(where: { $0 > level }) else { return }
    #expect(try lines(above) { ConnectionLog(logger: $0).connectionEvent(event) }.isEmpty)
  }

  @Test func `of a loop that spins`() throws {
    #expect(
      try lines { LoopLog(logger: $0).loopSpins("loop-1", turns: 1000, descriptor: 5) } == [
        "error an event loop turns without effect loop=loop-1 turns=1000 descriptor=5"
      ])
  }

  @Test func `of what was turned away, and only what is new`() throws {
    let counters = RefusalCounters()
    let written = try lines { logger in
      var log = RefusalLog(logger: logger) { counters.counts }
      log.tell()
      counters.add(.memory)
      counters.add(.pingFlood)
      counters.add(.memory)
      log.tell()
      log.tell()
      counters.add(.memory)
      log.tell()
    }
    #expect(
      written == [
        "info turned away since the last such line ping_flood=1 memory=2",
        "info turned away since the last such line memory=1",
      ])
  }

  @Test func `of what was turned away, at the end`() async throws {
    let sink = Sink()
    let logger = try Logger(
      level: .info, format: .text, rate: 1, clock: { 0 }, output: { sink.write($0) })
    let counters = RefusalCounters()
    let running = Task { await RefusalLog.run(logger: logger) { counters.counts } }
    counters.add(.loopLag)
    running.cancel()
    await running.value
    logger.shutdown()
    #expect(sink.lines == ["info turned away since the last such line loop_lag=1"])
  }
}
