import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct RulesTests {
  @Test(arguments: [(0, 50), (1, 1), (50, 50), (1000, 1000), (1001, 1000), (Int32.max, 1000)])
  func `a page size has a default and a most`(requested: Int32, size: Int) throws {
    #expect(try PageSize.resolve(requested) == size)
  }

  @Test(arguments: [-1, Int32.min])
  func `a page size is not negative`(requested: Int32) {
    #expect(
      reason { () throws(InvalidValue) in _ = try PageSize.resolve(requested) } == .invalidPageSize)
  }

  @Test(
    arguments: [
      ("", .version, true), ("api_version", .version, true), ("api_version desc", .version, true),
      ("apiVersion asc", .version, false), ("created_at", .createdAt, true),
      (" created_at  asc ", .createdAt, false), ("updated_at desc", .updatedAt, true),
    ] as [(String, TrackOrder.Field, Bool)])
  func `an order is a field and a direction`(
    text: String, field: TrackOrder.Field, isDescending: Bool
  ) throws {
    #expect(try OrderBy.parse(text) == TrackOrder(field: field, isDescending: isDescending))
  }

  @Test(arguments: [
    " ", "branch", "desc", "api_version DESC", "api_version, created_at", "api_version asc desc",
    "api_version\tasc", "-api_version", String(repeating: " ", count: 60) + "created_at",
  ])
  func `an order is nothing else`(text: String) {
    #expect(reason { () throws(InvalidValue) in _ = try OrderBy.parse(text) } == .invalidOrderBy)
  }

  @Test(
    arguments: [
      ([], [.branch], [.branch]), (["*"], [.branch], Set(TrackField.allCases)),
      (["description"], [.branch], [.description]),
      (["auto_deploy_enabled", "branch", "branch"], [], [.branch, .autoDeployEnabled]),
    ] as [([String], Set<TrackField>, Set<TrackField>)])
  func `a mask names fields`(paths: [String], present: Set<TrackField>, fields: Set<TrackField>)
    throws
  {
    #expect(
      try UpdateMask.resolve(paths, present: present, immutable: TrackField.immutable) == fields)
  }

  @Test(
    arguments: [
      (["api_version"], .immutableField), (["branch", "latest"], .immutableField),
      (["endpoints"], .immutableField), (["etag"], .immutableField),
      (["*", "branch"], .invalidUpdateMask), (["branch", "*"], .invalidUpdateMask),
      (["nothing"], .invalidUpdateMask), ([""], .invalidUpdateMask),
      (["Branch"], .invalidUpdateMask),
      (["branch.x"], .invalidUpdateMask),
    ] as [([String], ErrorReason)])
  func `a mask names nothing else`(paths: [String], expected: ErrorReason) {
    #expect(
      reason { () throws(InvalidValue) in
        _ = try UpdateMask.resolve(
          paths, present: Set<TrackField>(), immutable: TrackField.immutable)
      } == expected)
  }

  @Test func `an etag is the quoted revision`() {
    #expect(ETag.text(7) == "\"7\"")
    #expect(ETag.matches("", 7))
    #expect(ETag.matches("\"7\"", 7))
    for etag in ["7", "\"8\"", "W/\"7\"", "*", "\"07\""] { #expect(!ETag.matches(etag, 7)) }
  }

  @Test func `a description has at most 1024 characters and no control characters`() throws {
    let rule = TextRule.description
    for text in ["", "a\tb\r\nc", String(repeating: "é", count: 1024), "👩‍👩‍👧"] {
      #expect(try rule.check(text) == text)
    }
    for text in [String(repeating: "a", count: 1025), "a\u{0}b", "\u{1B}[31m", "\u{85}"] {
      #expect(
        reason { () throws(InvalidValue) in _ = try rule.check(text) } == .invalidDescription)
    }
  }
}
