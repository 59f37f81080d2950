import EventLoop
import Protobuf
import TrackAccess

extension Command {
  static let policyCheck = Command(
    CommandSpec(
      path: ["policy", "check"],
      summary: "Check a policy, and show who can do what. Asks no server.",
      details: """
        Exits with 0 when trackd would take the policy, and with 1 when not: then everything that is
        wrong is told, each with its line and column.
        """,
      operands: [Operand(name: "FILE", help: "the policy; - is stdin")],
      examples: [("trackctl policy check policy.yaml", "before it is put in force")])
  ) { arguments, session in
    let path = arguments.operands[0]
    let bytes = try TextFile.bytes(path, arguments)
    do throws(PolicyError) {
      let policy = try Policy(yaml: bytes)
      try? session.output.show(PolicyReport.message(PolicyTable(policy))) {
        session.output.text(of: Table(PolicyTable(policy)))
      }
      return .success
    } catch {
      let file = path == "-" ? "stdin" : path
      if session.output.isJSON {
        try session.output.show(PolicyReport.message(error)) { "" }
      } else {
        for problem in error.problems {
          StandardStream.error.write(Characters.line(problem.text(file: file)) + "\n")
        }
      }
      return .failed
    }
  }
}

/// The result as JSON: `{"valid": true, "rows": [...]}` or `{"valid": false, "problems": [...]}`.
private enum PolicyReport {
  static func message(_ table: PolicyTable) -> Struct {
    let rows = table.rows.map { row in
      JSONFields.object([
        ("subject", JSONFields.text(row.subject)), ("role", JSONFields.text(row.role)),
        ("verbs", JSONFields.text(row.verbs)),
        ("scope", JSONFields.text(row.scope)),
      ])
    }
    return JSONFields.message([("valid", JSONFields.flag(true)), ("rows", JSONFields.list(rows))])
  }

  static func message(_ error: PolicyError) -> Struct {
    let problems = error.problems.map { problem in
      JSONFields.object([
        ("path", JSONFields.text(problem.path)), ("line", JSONFields.number(problem.line)),
        ("column", JSONFields.number(problem.column)),
        ("message", JSONFields.text(problem.message)),
      ])
    }
    return JSONFields.message([
      ("valid", JSONFields.flag(false)), ("problems", JSONFields.list(problems)),
    ])
  }
}

extension Table {
  fileprivate init(_ table: PolicyTable) {
    self.init(
      .name("WHO"), .name("ROLE"), .text("VERBS", least: 16), .text("SCOPE", least: 16))
    for row in table.rows { add(row.subject, row.role, row.verbs, row.scope) }
  }
}
