import EventLoop
import TrackMessages

extension Command {
  private static let environment = Flag(
    "environment", .text("ID"), names: .environment,
    "from what is active there: what the next deployment would change")

  static let configsDiff = Command(
    CommandSpec(
      path: ["configs", "diff"],
      summary: "Show what is another in one configuration of a track than in one before.",
      details: """
        With one number: from that configuration to the current one. Without any: the last change. 0
        is the empty configuration that every track begins with. Secret values cannot be compared.
        -o json shows both configurations and the changes.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(
          name: "FROM", help: "the number of a configuration [the one before TO]", isOptional: true,
          names: .configRevision),
        Operand(
          name: "TO", help: "the number of a configuration [the current one]", isOptional: true,
          names: .configRevision),
      ],
      flags: [environment],
      examples: [
        ("trackctl configs diff cart v1.2", "the last change"),
        ("trackctl configs diff cart v1.2 3 5", "between two"),
        ("trackctl configs diff cart v1.2 --environment prod", "not in production yet"),
      ])
  ) { arguments, session in
    let numbers = try arguments.operands.dropFirst(2).map { try number($0, arguments) }
    guard numbers.isEmpty || !arguments.has(environment) else {
      throw arguments.usage("--environment and FROM contradict each other")
    }
    let (old, new) = try await session.connected { api in
      let (component, operand) = (arguments.operands[0], arguments.operands[1])
      let track = try await api.trackId(component, operand)
      func read(_ number: Int32?) async throws -> TrackConfigs {
        if number == 0 { return TrackConfigs() }
        return try await api.configs(component, track, revision: number ?? 0).configs
          ?? TrackConfigs()
      }
      let new = try await read(numbers.count > 1 ? numbers[1] : nil)
      if let id = arguments.text(environment) {
        let active = try await api.active(component, track, in: id)
        return (try await api.configs(of: active).configs ?? TrackConfigs(), new)
      }
      return (try await read(numbers.first ?? max(0, new.configRevision - 1)), new)
    }
    let difference = ConfigLines(old).difference(to: ConfigLines(new))
    if session.output.isJSON {
      StandardStream.output.write(Characters.json(try json(old, new, difference)) + "\n")
    } else {
      StandardStream.output.write(Characters.lines(text(old, new, difference)))
    }
    let unknown = ConfigLines(old).masked.intersection(ConfigLines(new).masked).sorted()
    if !unknown.isEmpty, old.configRevision != new.configRevision {
      session.output.note(
        "secret, and not compared: \(unknown.joined(separator: ", "))")
    }
    return .success
  }

  private static func number(
    _ text: String, _ arguments: Arguments
  ) throws(UsageError) -> Int32 {
    guard let number = Int32(text), number >= 0 else {
      throw arguments.usage("'\(text)' is not the number of a configuration")
    }
    return number
  }

  private static func text(
    _ old: TrackConfigs, _ new: TrackConfigs,
    _ difference: [(sign: String, line: ConfigLines.Line)]
  ) -> String {
    var lines = [
      "--- config revision \(old.configRevision)", "+++ config revision \(new.configRevision)",
    ]
    for (sign, line) in difference {
      lines.append(Table.printable("\(sign) \(line.target): \(line.value)"))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func json(
    _ old: TrackConfigs, _ new: TrackConfigs,
    _ difference: [(sign: String, line: ConfigLines.Line)]
  ) throws -> String {
    var changes: [ConfigChange] = []
    for (sign, line) in difference {
      if let index = changes.firstIndex(where: { $0.target == line.target }) {
        if sign == "+", changes[index].action == .removed { changes[index].action = .updated }
        continue
      }
      var change = ConfigChange()
      change.target = line.target
      change.action = sign == "+" ? .added : .removed
      changes.append(change)
    }
    let texts = try changes.map { try Output.json($0) }.joined(separator: ",")
    return
      "{\"from\":\(try Output.json(old)),\"to\":\(try Output.json(new)),\"changes\":[\(texts)]}"
  }
}
