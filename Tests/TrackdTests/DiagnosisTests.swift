import EventLoop
import RPC
import RPCHTTP2
import Testing
import TrackDomain
import TrackGit
import TrackRemotes
import TrackServices
import TrackStoreSQL

@testable import TrackStoreSQLite
@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct DiagnosisTests {
  private static func at(_ seconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
  }

  private static let ages: [(Int, String)] = [
    (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"),
    (172_799, "47 h"), (172_800, "2 days"), (-5, "0 s"),
  ]

  @Test(arguments: ages)
  func `ages are told in few words`(seconds: Int, text: String) {
    #expect(AgeText.text(.seconds(seconds)) == text)
    #expect(AgeText.ago(.seconds(seconds)) == text + " ago")
  }

  // MARK: Operations

  private static func census(
    _ operations: [(TrackDomain.Operation.Kind, OperationState, Int, age: Int64)]
  ) -> StoreCensus {
    var census = StoreCensus()
    for (kind, state, count, age) in operations {
      census.operations.append(
        StoreCensus.Operations(
          kind: kind, state: state, count: count,
          oldest: Timestamp(microseconds: (10_000 - age) * 1_000_000)))
    }
    return census
  }

  @Test func `operations that are old are a warning, and none are well`() {
    let now = Timestamp(microseconds: 10_000_000_000)
    func finding(_ census: StoreCensus?) -> DiagnosticFinding {
      OperationsCheck.finding(census, now: now)
    }
    #expect(finding(nil).state == .unknown)
    #expect(finding(Self.census([])).explanation == "none waits")
    let young = finding(
      Self.census([(.deployment, .waiting, 3, 10), (.deployment, .retrying, 1, 900)]))
    #expect(young.state == .ok && young.explanation == "4 in work or waiting")
    let old = finding(
      Self.census([(.deployment, .retrying, 2, 901), (.trackDeletion, .waiting, 1, 8000)]))
    #expect(old.state == .warning && !old.advice.isEmpty)
    #expect(
      old.explanation == "1 deletions of tracks wait, the oldest for 2 h; 2 deployments are tried "
        + "again, the oldest for 15 min")
  }

  // MARK: Restores

  @Test func `a restore is a warning as long as it stands, with what differs and is held`() {
    func finding(_ report: RestoreReport?) -> DiagnosticFinding {
      var census = StoreCensus()
      census.restore = report
      return RestoreCheck.finding(census)
    }
    #expect(RestoreCheck.finding(nil).state == .unknown)
    #expect(finding(nil) == DiagnosticFinding("restore", .ok, "none"))
    let time = Timestamp(microseconds: 1)
    var report = RestoreReport(
      restore: StoreRestore(id: UniqueID(high: 1, low: 1), notedAt: time, notedBy: "x"))
    let new = finding(report)
    #expect(new.state == .warning && new.advice.contains("--end"))
    #expect(
      new.explanation == "restored from a backup; not compared with the repositories yet")
    report.restore.compared = 1
    report.driftCount = 5
    report.heldCount = 2
    report.faultCount = 1
    report.faults = [ComparedLane(lane: "deployment git:x", fault: "no route")]
    report.drifts = (1...4).map {
      PlaceDrift(
        componentId: "cart", trackId: "t\($0)", environmentId: "dev",
        place: DeploymentPlace(repositoryURL: "x", branch: "main", path: "dev"), lane: "",
        kind: .other, believed: "a", found: "b")
    }
    let text = finding(report).explanation
    #expect(text.contains("1 repositories cannot be compared, first deployment git:x: no route"))
    #expect(text.contains("5 places differ: cart/t1 in dev (another deployment is there), "))
    #expect(text.contains("cart/t3") && !text.contains("cart/t4") && text.contains(", ...;"))
    #expect(text.hasSuffix("2 operations are held"))
    report.restore.endedAt = time
    #expect(finding(report) == DiagnosticFinding("restore", .ok, "settled"))
  }

  // MARK: Git

  @Test func `git is well until a host is silent, and tells its last failure`() {
    var record = GitHealth.Record()
    func finding(_ second: Int, version: String? = "2.39") -> DiagnosticFinding {
      record.finding(version: version, cache: (3 << 20, 8 << 20), at: Self.at(second))
    }
    #expect(
      finding(0)
        == DiagnosticFinding(
          "git", .ok, "git 2.39, copies of repositories take 3 of 8 MiB"))
    #expect(finding(0, version: nil).state == .warning)
    record.note(
      .failed(
        command: "fetch", host: "git.example", error: IntegrationError(.notFound, "not there"),
        words: "secret"), at: Self.at(10))
    let failed = finding(70)
    #expect(failed.state == .ok && !failed.explanation.contains("secret"))
    #expect(failed.explanation.hasSuffix("60 s ago: git fetch with git.example: not there"))
    record.note(.paused(host: "git.example", .seconds(30)), at: Self.at(70))
    #expect(finding(99).state == .warning)
    #expect(finding(99).explanation.hasPrefix("no answer from git.example; "))
    #expect(finding(101).state == .ok)
  }

  @Test func `only so many silent hosts are remembered`() {
    var record = GitHealth.Record()
    for number in 0..<1000 {
      record.note(.paused(host: "h\(number)", .seconds(30)), at: Self.at(0))
    }
    let text = record.finding(version: "2.39", cache: (0, 1), at: Self.at(1)).explanation
    #expect(text.split(separator: ",").count < 20)
  }

  // MARK: Remote services

  @Test func `a remote service is what was last heard of it`() {
    var record = RemoteHealth.Record()
    func finding(
      _ connectivity: ChannelInfo.Connectivity, _ second: Int = 0
    ) -> (DiagnosticFinding.State, String) {
      let found = record.finding("deployer", at: "d:1", connectivity, now: Self.at(second))
      #expect(found.name == "deployer" && found.advice.isEmpty == (found.state == .ok))
      return (found.state, found.explanation)
    }
    #expect(finding(.ready) == (.ok, "the service at d:1 is connected; it was not called yet"))
    for state in [ChannelInfo.Connectivity.idle, .connecting, .shutdown] {
      #expect(finding(state).0 == .unknown)
    }
    record.note(.unreachable(reason: "refused"), at: Self.at(0))
    #expect(
      finding(.transientFailure)
        == (.failed, "the service at d:1 cannot be reached: refused; it was not called yet"))
    record.note(.connected, at: Self.at(1))
    for code in [StatusCode.ok, .notFound, .failedPrecondition] {
      record.note(code, at: Self.at(2))
      #expect(
        finding(.ready, 5)
          == (.ok, "the service at d:1 is connected; the last call was answered 3 s ago"))
    }
    for code in [StatusCode.unavailable, .unauthenticated, .unimplemented, .internal] {
      record.note(code, at: Self.at(6))
      #expect(
        finding(.ready, 8)
          == (.warning, "the service at d:1 is connected; the last call failed 2 s ago: \(code)"))
    }
    record.note(.cancelled, at: Self.at(7))
    #expect(finding(.ready, 8).0 == .warning)
    record.note(.paused(.seconds(10)), at: Self.at(8))
    #expect(finding(.ready, 9).0 == .failed)
    #expect(finding(.ready, 9).1.contains("is left alone for 9 s"))
    #expect(finding(.ready, 19).0 == .warning)
    record.note(.paused(.seconds(10)), at: Self.at(20))
    record.note(.resumed, at: Self.at(21))
    record.note(.ok, at: Self.at(21))
    #expect(finding(.ready, 22).0 == .ok)
  }
}
