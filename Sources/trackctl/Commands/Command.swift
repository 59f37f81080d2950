/// A command: what it takes, and what it does.
struct Command: Sendable {
  let spec: CommandSpec
  /// Runs it. Writes what it has to say to the session's output; what it throws is told to the user
  /// by `ErrorReport`.
  let run: @Sendable (Arguments, Session) async throws -> ExitCode

  init(
    _ spec: CommandSpec, run: @escaping @Sendable (Arguments, Session) async throws -> ExitCode
  ) {
    self.spec = spec
    self.run = run
  }

  /// In the order of the help text.
  static let all: [Command] = [
    tracksList, tracksGet, tracksCreate, tracksUpdate, tracksConfigure, tracksDelete,
    configsShow, configsSet, configsUnset, configsHistory, configsDiff, imagesList, imagesSave,
    deploy, promote, rollback, cancel, resume, history, watch,
    apply, migrate, catalogList, catalogGet, catalogPut, catalogDelete, completion,
  ]
}
