import TrackDomain

/// What stands on a branch, for whoever only looks.
extension GitOpsRepository {
  /// The longest list of a branch's files, in bytes.
  private static let maximumListing = 1 << 24

  /// The newest commit of a branch; nil when there is no such branch.
  func newestHead(of branch: String) async throws(IntegrationError) -> String? {
    try await inTurn { () async throws(IntegrationError) in
      known[branch] = nil
      return try await head(of: branch)
    }
  }

  func findings(
    _ paths: [String], at commit: String
  ) async throws(IntegrationError) -> [GitOpsFinding] {
    try await inTurn { () async throws(IntegrationError) in
      try await work { try $0.findings(paths, at: commit) }
    }
  }

  /// The paths of all files of a commit.
  func files(at commit: String) async throws(IntegrationError) -> [String] {
    try await inTurn { () async throws(IntegrationError) in
      let output = try await git.output(
        GitCommand(
          "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, repository: directory),
        outputBytes: Self.maximumListing)
      return output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private func inTurn<T>(
    _ body: () async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    try await gate.withTurn { () throws(IntegrationError) in
      try await mending { () async throws(IntegrationError) in
        do throws(IntegrationError) {
          try await prepare()
          return try await body()
        } catch  where error == GitFailure.otherFormat {
          try await changeFormat()
          try await prepare()
          return try await body()
        }
      }
    }
  }
}
