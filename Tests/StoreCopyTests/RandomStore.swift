import Foundation
import TestBasics
import TrackStoreSQL

@testable import TrackStoreSQLite

/// A data folder whose database has rows in every table, with random values that the schema allows.
final class RandomStore {
  let directory: String
  private var connection: Connection
  private var random: SeededRandom
  private var number = 0

  init(seed: UInt64, components: Int = 3) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())").path
    connection = try Connection.opening(DataDirectory(directory), vfs: nil)
    random = SeededRandom(seed: seed)
    try connection.execute("BEGIN")
    try putCatalog(components)
    for component in 1...components { try putTracks(of: component) }
    try putJournals()
    try connection.execute("COMMIT")
    _ = try connection.checkpoint(.truncate)
    // Without the lock of the folder.
    connection = try Connection(path: directory + "/trackd.db", access: .readWrite)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func execute(_ sql: String) throws {
    try connection.execute(sql)
    _ = try connection.checkpoint(.truncate)
  }

  func number(_ sql: String) throws -> Int64 { try connection.integer(sql) ?? 0 }

  func count(_ table: StoredTable) throws -> Int64 {
    try number("SELECT count(*) FROM \(table.quotedName)")
  }

  // MARK: Values

  private func natural(_ limit: Int64) -> Int64 { .random(in: 0..<limit, using: &random) }
  private func flag() -> StoredValue { .number(natural(2)) }
  private func time() -> StoredValue { .number(1_700_000_000_000_000 + natural(1 << 50)) }
  private func elapsed() -> StoredValue { .number(natural(1 << 40)) }

  /// Texts that are easily taken for others, or changed on the way.
  private func text() -> StoredValue {
    let parts = [
      "", "a", "\u{0}", "\u{1}", "\u{e9}", "e\u{301}", "\u{1F600}", "'", "\\", "\n", "$1",
    ]
    return .text((0..<natural(6)).map { _ in parts[Int(natural(Int64(parts.count)))] }.joined())
  }

  private func bytes(_ count: Int? = nil) -> StoredValue {
    .bytes((0..<(count ?? Int(natural(300)))).map { _ in UInt8(natural(256)) })
  }

  private func maybe(_ value: StoredValue) -> StoredValue { natural(2) == 0 ? .null : value }

  private func id(_ kind: String) -> StoredValue {
    number += 1
    return .text("\(kind)-\(natural(1 << 30))-\(number)")
  }

  /// Adds a row; a column that is not named has a random value of its kind.
  private func put(_ name: String, _ values: [String: StoredValue]) throws {
    guard let table = StoredTable.all.first(where: { $0.name == name }) else { return }
    let marks = (1...table.columns.count).map { "?\($0)" }.joined(separator: ", ")
    let statement = try connection.prepare(
      "INSERT INTO \(table.quotedName) (\(table.columnList)) VALUES (\(marks))")
    statement.bind(
      table.columns.map { column in
        if let value = values[column.name] { return value }
        switch column.kind {
        case .number: return flag()
        case .text: return text()
        case .bytes: return bytes()
        }
      })
    try statement.execute()
  }

  // MARK: Rows

  private var environments: [StoredValue] = []

  private func putCatalog(_ components: Int) throws {
    let (organization, project, pipeline) = (id("org"), id("project"), id("pipeline"))
    try put("organization", ["id": organization, "tier": .number(1 + natural(2))])
    try put("project", ["id": project, "organization_id": organization])
    environments = (0..<3).map { _ in id("environment") }
    for environment in environments {
      try put(
        "environment",
        [
          "id": environment, "project_id": project,
          "gitops_repository_url": .text("https://git.example/\(natural(9)).git"),
        ])
    }
    try put("deployment_pipeline", ["id": pipeline, "project_id": project])
    for (position, environment) in environments.enumerated() {
      try put(
        "pipeline_environment",
        [
          "pipeline_id": pipeline, "position": .number(Int64(position)), "project_id": project,
          "environment_id": environment,
        ])
    }
    for key in 1...components {
      try put(
        "component",
        [
          "id": id("component"), "key": .number(Int64(key)), "project_id": project,
          "latest_track_id": .null, "type": .number(1 + natural(4)),
          "image_source": .number(1 + natural(2)), "auto_build_on_commit": maybe(flag()),
          "default_pipeline_id": maybe(pipeline),
        ])
    }
  }

  private func putTracks(of component: Int) throws {
    let key = StoredValue.number(Int64(component))
    for minor in 0..<3 {
      let track = id("track")
      try put(
        "track",
        [
          "component_key": key, "id": track, "major": .number(1), "minor": .number(Int64(minor)),
          "revision": .number(1 + natural(1 << 40)), "created_at": time(), "updated_at": time(),
        ])
      // Not the one that was made first.
      if minor == 1 {
        let latest = try connection.prepare(
          "UPDATE component SET latest_track_id = ?2 WHERE key = ?1")
        latest.bind([key, track])
        try latest.execute()
      }
      let place = ["component_key": key, "track_id": track]
      for name in ["a", "b\u{e9}", "be\u{301}"] {
        try put(
          "endpoint",
          place.merging(
            [
              "name": .text(name), "type": .number(1), "port": .number(2000 + natural(60000)),
              "visibilities": .number(1 + natural(7)), "origin": .number(1 + natural(2)),
            ], uniquingKeysWith: { $1 }))
      }
      for number in 1...2 as ClosedRange<Int64> {
        try put(
          "config_revision",
          place.merging(
            ["number": .number(number), "created_at": time()], uniquingKeysWith: { $1 }))
      }
      try putHistory(place)
    }
  }

  private func putHistory(_ place: [String: StoredValue]) throws {
    func row(_ values: [String: StoredValue]) -> [String: StoredValue] {
      place.merging(values, uniquingKeysWith: { $1 })
    }
    var images: [StoredValue] = []
    for _ in 0..<4 {
      images.append(id("image"))
      number += 3
      try put(
        "image",
        row([
          "key": .number(Int64(number)), "id": images[images.count - 1], "created_at": time(),
          "updated_at": time(), "kept_from": elapsed(), "was_deployed": .number(0),
          "saved_track_id": place["track_id"] ?? .null, "run_id": id("run"),
        ]))
    }
    var deployments: [(id: StoredValue, image: StoredValue)] = []
    for state in [3, 4, 5, 6, 3, 2, 1] as [Int64] {
      deployments.append((id("deployment"), images[Int(natural(4))]))
      number += 2
      try put(
        "deployment",
        row([
          "sequence": .number(Int64(number)), "id": deployments[deployments.count - 1].id,
          "environment_id": environments[0], "image_id": deployments[deployments.count - 1].image,
          "kind": .number(1 + natural(4)), "state": .number(state), "created_at": time(),
          "started_at": time(), "ended_at": state > 2 ? time() : .null, "release_id": .text(""),
          "release_deployment_id": .text(""),
        ]))
    }
    try put(
      "binding",
      row([
        "environment_id": environments[0], "current_deployment_id": deployments[0].id,
        "current_image_id": deployments[0].image,
        "gitops_repository_url": .text("https://git.example/ops.git"),
      ]))
    try put(
      "binding",
      row([
        "environment_id": environments[1], "current_deployment_id": .null,
        "current_image_id": .null, "gitops_repository_url": .null, "gitops_branch": .null,
        "gitops_path": .null,
      ]))
    for index in [5, 6] {
      let isLeased = index == 5
      try put(
        "operation",
        row([
          "key": .number(Int64(number * 10 + index)), "id": deployments[index].id,
          "kind": .number(1), "environment_id": environments[0], "step": .number(1 + natural(6)),
          "due_at": time(), "lease_owner": isLeased ? bytes(16) : .null,
          "lease_expires_at": isLeased ? elapsed() : .null, "lease_epoch": .number(natural(9)),
          "moved_by": .text(""), "trace": .text("00-\(natural(99))"), "is_restored": flag(),
        ]))
    }
    try put(
      "release",
      row([
        "release_deployment_id": id("release"), "release_id": id("release"),
        "environment_id": environments[0], "image_id": images[0], "status": .number(1 + natural(4)),
        "created_at": time(), "updated_at": time(),
      ]))
    try put(
      "operation_end",
      ["operation_id": id("operation"), "failure": maybe(text()), "kept_from": elapsed()])
  }

  private func putJournals() throws {
    for index in 1...50 as ClosedRange<Int64> {
      try put(
        "change_log",
        [
          "sequence": .number(20 + index), "kind": .number(1 + natural(3)),
          "resource": .number(1 + natural(8)), "at": time(), "kept_from": elapsed(),
        ])
      try put(
        "request",
        [
          "caller": text(), "method": .number(natural(30)), "id": bytes(16), "digest": bytes(16),
          "at": time(), "kept_from": elapsed(),
        ])
      try put(
        "audit_event",
        [
          "sequence": .number(10 + index), "at": time(), "count": .number(1 + natural(9)),
          "kept_from": elapsed(),
        ])
    }
    try put("lane_lease", ["lane": text(), "owner": bytes(16), "epoch": .number(7)])
    try put("kept_host", ["name": .text("git.corp.example")])
    try put(
      "store_restore",
      [
        "one": .number(1), "id": bytes(16), "noted_at": time(), "comparison": .number(7),
        "compared": .number(1 + natural(6)), "compared_at": elapsed(), "ended_at": maybe(time()),
      ])
    for _ in 0..<3 {
      try put("compared_lane", ["lane": id("lane")])
      try put(
        "place_drift", ["component_id": id("component"), "kind": .number(1 + natural(4))])
    }
    try connection.execute("UPDATE retention_clock SET elapsed = 1099511627776")
    try connection.execute(
      "UPDATE audit_state SET dropped_sequence = 10, dropped_code = x'0102', logged_sequence = 30")
    try connection.execute("UPDATE log_state SET dropped_sequence = 20, dropped_digest = -5")
    // The newest change was dropped, too.
    try connection.execute("UPDATE sqlite_sequence SET seq = 90 WHERE name = 'change_log'")
  }
}
