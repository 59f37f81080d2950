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
      object([
        ("subject", text(row.subject)), ("role", text(row.role)), ("verbs", text(row.verbs)),
        ("scope", text(row.scope)),
      ])
    }
    return fields([("valid", flag(true)), ("rows", list(rows))])
  }

  static func message(_ error: PolicyError) -> Struct {
    let problems = error.problems.map { problem in
      object([
        ("path", text(problem.path)), ("line", number(problem.line)),
        ("column", number(problem.column)), ("message", text(problem.message)),
      ])
    }
    return fields([("valid", flag(false)), ("problems", list(problems))])
  }

  private static func fields(_ members: [(String, Value)]) -> Struct {
    var message = Struct()
    for (name, value) in members { message.fields[name] = value }
    return message
  }

  private static func object(_ members: [(String, Value)]) -> Value {
    value(.structValue(fields(members)))
  }

  private static func list(_ values: [Value]) -> Value {
    var list = ListValue()
    list.values = values
    return value(.listValue(list))
  }

  private static func text(_ text: String) -> Value { value(.stringValue(text)) }
  private static func number(_ number: Int) -> Value { value(.numberValue(Double(number))) }
  private static func flag(_ flag: Bool) -> Value { value(.boolValue(flag)) }

  private static func value(_ kind: Value.Kind) -> Value {
    var value = Value()
    value.kind = kind
    return value
  }
}

extension Table {
  fileprivate init(_ table: PolicyTable) {
    self.init(
      .name("WHO"), .name("ROLE"), .text("VERBS", least: 16), .text("SCOPE", least: 16))
    for row in table.rows { add(row.subject, row.role, row.verbs, row.scope) }
  }
}
