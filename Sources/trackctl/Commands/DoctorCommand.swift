import Protobuf

extension Command {
  static let doctor = Command(
    CommandSpec(
      path: ["doctor"], summary: "Look for what is wrong on the way to trackd, and with trackd.",
      details: """
        Tells of versions, the connection and TLS, the clocks, who you are, and how each part of \
        trackd is, which it tells those with the right to administer everything. Each line is ok, \
        a warning, failed or unknown, and says what to do. Exits with 0, or with 1 when anything \
        has failed. It changes nothing.
        """,
      examples: [("trackctl doctor", "when a command does not work as it should")])
  ) { _, session in
    let report = await Doctor(session: session).run()
    try session.output.show(report.message) { report.text }
    return report.isWell ? .success : .failed
  }
}

extension DoctorReport {
  /// `{"well": true, "checks": [{"name": ..., "state": ..., "explanation": ..., "advice": ...}]}`.
  fileprivate var message: Struct {
    JSONFields.message([
      ("well", JSONFields.flag(isWell)),
      (
        "checks",
        JSONFields.list(
          lines.map { line in
            JSONFields.object([
              ("name", JSONFields.text(line.name)),
              ("state", JSONFields.text(line.state.rawValue)),
              ("explanation", JSONFields.text(line.explanation)),
              ("advice", JSONFields.text(line.advice)),
            ])
          })
      ),
    ])
  }
}
