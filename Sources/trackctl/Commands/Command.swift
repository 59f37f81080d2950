/// A command: its spec and its code.
struct Command: Sendable {
  let spec: CommandSpec
  /// Runs the command. Writes results to the session's output; `ErrorReport` shows what it throws.
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
    apply, migrate, catalogList, catalogGet, catalogPut, catalogDelete, authWhoami, authCanI,
    authToken, policyCheck, auditList, auditFollow, auditVerify, doctor, completion,
  ]
}
