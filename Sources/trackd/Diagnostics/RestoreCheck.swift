import TrackDomain
import TrackServices
import TrackStoreSQL

/// Whether a restore of the store is settled. Pure.
enum RestoreCheck {
  private static let name = "restore"
  /// Places that are named.
  private static let told = 3

  /// - Parameter census: nil when the store did not answer.
  static func finding(_ census: StoreCensus?) -> DiagnosticFinding {
    guard let census else {
      return DiagnosticFinding(
        name, .unknown, "the store has not said whether it was restored",
        advice: "see what the check of the store says")
    }
    guard let report = census.restore, report.restore.stands else {
      return DiagnosticFinding(name, .ok, census.restore == nil ? "none" : "settled")
    }
    return DiagnosticFinding(
      name, .warning, text(report),
      advice: "deploy anew where something differs; 'trackd store restored --end' lets everything "
        + "go on as the store believes")
  }

  private static func text(_ report: RestoreReport) -> String {
    var texts = ["restored from a backup"]
    if report.restore.compared == 0 { texts.append("not compared with the repositories yet") }
    if report.faultCount > 0 {
      let first = report.faults.first.map { ", first \($0.lane): \($0.fault)" } ?? ""
      texts.append("\(report.faultCount) repositories cannot be compared\(first)")
    }
    if report.driftCount > 0 {
      let places = report.drifts.prefix(told).map {
        "\($0.componentId)/\($0.trackId) in \($0.environmentId) (\(words($0.kind)))"
      }
      let more = report.driftCount > told ? ", ..." : ""
      texts.append(
        "\(report.driftCount) places differ: \(places.joined(separator: ", "))\(more)")
    }
    if report.heldCount > 0 { texts.append("\(report.heldCount) operations are held") }
    return texts.joined(separator: "; ")
  }

  static func words(_ kind: PlaceDrift.Kind) -> String {
    switch kind {
    case .missing: "nothing is there"
    case .other: "another deployment is there"
    case .foreign: "a file of somebody else is there"
    case .unknown: "a deployment is there that the store does not know"
    }
  }
}
