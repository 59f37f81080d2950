import EventLoop
import Telemetry
import Testing
import TrackStorePostgreSQL
import TrackStoreSQL
import TrackStoreSQLite

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct AdminTests {
  private static let results = [
    ReadinessChecks.Result(name: "store", state: .failed("the \"disk\"\nis gone")),
    ReadinessChecks.Result(name: "auth", state: .warning("there is none")),
    ReadinessChecks.Result(name: "drain", state: .ok),
  ]

  @Test func `a report tells each check, and its reason to those who may read it`() {
    let all = ReadinessReport(results: Self.results, tellsReasons: true)
    #expect(all.status == 503)
    #expect(
      all.text(isVerbose: false) == """
        [-] store: failed, the "disk"
        is gone
        [!] auth: warning, there is none
        [+] drain: ok
        not ready

        """)
    #expect(
      all.json == #"{"ready":false,"checks":["#
        + #"{"name":"store","state":"failed","reason":"the \"disk\"\u000ais gone"},"#
        + #"{"name":"auth","state":"warning","reason":"there is none"},"#
        + #"{"name":"drain","state":"ok"}]}"# + "\n")
    let names = ReadinessReport(results: Self.results, tellsReasons: false)
    #expect(!names.json.contains("gone") && !names.text(isVerbose: true).contains("none"))
  }

  @Test func `a warning does not make a server unready`() {
    let report = ReadinessReport(results: Array(Self.results.dropFirst()), tellsReasons: true)
    #expect(report.status == 200 && report.text(isVerbose: false) == "ok\n")
  }

  @Test(
    arguments: [
      ("on", "", nil, "warning", "failed"),
      ("local", "b", ["sync"], "warning", "failed"), ("on", "b", ["async"], "warning", "warning"),
      ("on", "b", [], "warning", "warning"), ("on", "b", ["async", "sync"], "ok", "ok"),
      ("remote_apply", "ANY 1 (b, c)", ["quorum"], "ok", "ok"), ("on", "b", nil, "ok", "ok"),
    ] as [(String, String, [String]?, String, String)])
  func `a database without a standby fails where one is required, and is warned of elsewhere`(
    commit: String, names: String, states: [String]?, usually: String, required: String
  ) {
    let found = StoreDurability(commit: commit, standbyNames: names, standbyStates: states)
    for (isRequired, kind) in [(false, usually), (true, required)] {
      let checks = ReadinessChecks()
      checks.add(durability: { found }, isRequired: isRequired)
      #expect(checks.results.map(\.state.name) == [kind])
      #expect(checks.results.allSatisfy { $0.advice.isEmpty == (kind == "ok") })
    }
  }

  @Test func `checks are asked anew each time`() {
    let checks = ReadinessChecks()
    let drain = DrainState()
    checks.add("drain") { drain.hasBegun ? .failed("it drains") : .ok }
    #expect(checks.results.isReady)
    _ = drain.begin()
    #expect(!checks.results.isReady)
  }

  @Test(arguments: [
    ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("unix:/x", true),
    ("0.0.0.0:1", false), ("[::]:1", false), ("10.0.0.1:1", false), ("128.0.0.1:1", false),
  ])
  func `loopback and Unix sockets are local`(text: String, isLocal: Bool) throws {
    #expect(try #require(SocketAddress(text)).isLocal == isLocal)
  }

  @Test func `a census that does not come is waited for a moment only`() async {
    let taker = StoreCensusTaker {
      try await Task.sleep(for: .seconds(3600))
      return StoreCensus()
    }
    let began = ContinuousClock.now
    await withDiscardingTaskGroup { group in
      for _ in 0..<5 { group.addTask { await taker.refresh() } }
    }
    #expect(ContinuousClock.now - began < .seconds(30))
    #expect(taker.census == nil)
  }

  @Test func `a census is told again while it is young`() async {
    let counts = Counter()
    let taker = StoreCensusTaker {
      counts.add()
      var census = StoreCensus()
      census.loggedChanges = counts.value
      return census
    }
    await taker.refresh()
    await taker.refresh()
    #expect(counts.value == 1 && taker.census?.loggedChanges == 1)
  }
}
