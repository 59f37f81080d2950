import RPC
import Testing

@testable import trackctl

@Suite("The command line", .timeLimit(.minutes(2)))
struct CommandLineParserTests {
  private let parser = CommandLineParser(commands: Command.all)

  private func parse(_ line: String) throws(UsageError) -> Invocation {
    try parser.parse(line.split(separator: " ").map(String.init))
  }

  private func arguments(_ line: String) throws -> Arguments {
    guard case .run(_, let arguments) = try parse(line) else {
      throw UsageError("'\(line)' runs nothing")
    }
    return arguments
  }

  @Test(arguments: [
    ("tracks list cart", "tracks list"), ("-o json tracks list cart", "tracks list"),
    ("--server a:1 --actor=bob tracks list cart", "tracks list"), ("deploy a b c", "deploy"),
    ("catalog put project shop --organization acme", "catalog put"),
    ("history cart v1.0 5e0c", "history"), ("watch", "watch"),
  ])
  func `words choose a command`(line: String, command: String) throws {
    #expect(try arguments(line).command == command)
  }

  @Test(arguments: [
    "deploy cart v1.0 img --environment prod --no-wait -o json",
    "deploy --environment=prod cart --no-wait v1.0 --output json img",
    "-o json deploy cart --no-wait --environment prod -- v1.0 img",
  ])
  func `flags stand anywhere`(line: String) throws {
    let arguments = try arguments(line)
    #expect(arguments.operands == ["cart", "v1.0", "img"])
    #expect(arguments.text(DeployFlags.environment) == "prod")
    #expect(arguments.has(DeploymentWaiter.noWait))
    #expect(arguments.text(GlobalFlags.output) == "json")
  }

  @Test func `a value may be empty, begin with a dash, or have an equals sign`() throws {
    let empty = try parser.parse(["tracks", "update", "cart", "v1.0", "--description", ""])
    guard case .run(_, let update) = empty else { throw UsageError("nothing runs") }
    #expect(update.values["description"] == [""])
    #expect(try arguments("deploy a b c --reason=-x=y").text(DeployFlags.reason) == "-x=y")
    #expect(try arguments("deploy a b -- -c").operands == ["a", "b", "-c"])
  }

  @Test func `what repeats is kept in order`() throws {
    let line = "catalog put pipeline main --environment dev --environment prod"
    #expect(try arguments(line).all(CatalogFlags.environment) == ["dev", "prod"])
  }

  @Test func `the last operand may be several words`() throws {
    let set = try arguments("configs set cart v1.0 A=1 B=2 --etag e C=3")
    #expect(set.operands == ["cart", "v1.0", "A=1", "B=2", "C=3"])
    #expect(try arguments("configs set cart v1.0 --api-settings f").operands.count == 2)
    guard case .print(let help) = try parse("help configs set") else { return }
    #expect(help.hasPrefix("Usage: trackctl configs set COMPONENT TRACK [NAME=VALUE...] [OPTIONS]"))
  }

  @Test(arguments: [
    ("", "what to do is missing"), ("-o json", "what to do is missing"),
    ("nonsense", "there is no command 'nonsense'"), ("tracks", "'tracks' wants to know what to do"),
    ("tracks nonsense", "'tracks' has no 'nonsense'"), ("tracks list", "COMPONENT is missing"),
    ("tracks list a b", "'b' is too much"), ("tracks list a --nonsense", "no option '--nonsense'"),
    ("--nonsense", "no option '--nonsense'"), ("tracks list a -x", "no option '-x'"),
    ("tracks list a -o", "the value is missing"), ("tracks list a -o xml", "'xml' is not table or"),
    ("tracks list a -o json -o json", "--output is given twice"),
    ("tracks delete a b --force=yes", "--force takes no value"),
    ("catalog get thing x", "'thing' is none of organization"),
    ("completion fish", "'fish' is none of bash, zsh"), ("help nonsense", "no command 'nonsense'"),
  ])
  func `what makes no sense is said`(line: String, message: String) {
    let error = #expect(throws: UsageError.self) { try parse(line) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: Command.all.map(\.spec.name))
  func `every command has help`(name: String) throws {
    for line in ["\(name) --help", "\(name) -h", "help \(name)"] {
      guard case .print(let text) = try parse(line) else {
        Issue.record("'\(line)' prints nothing")
        return
      }
      #expect(text.hasPrefix("Usage: trackctl \(name)"))
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
      #expect(text.contains("Examples:"))
    }
  }

  @Test func `flags of a command have different names`() {
    for command in Command.all {
      let names = (command.spec.flags + GlobalFlags.all).map(\.name)
      #expect(Set(names).count == names.count, "\(command.spec.name)")
    }
  }

  @Test func `the overview names every command and every status`() {
    let text = HelpText.overview(Command.all)
    for command in Command.all { #expect(text.contains("  \(command.spec.name)  ")) }
    for status in ExitCode.allCases { #expect(text.contains("  \(status.rawValue)  ")) }
  }

  @Test func `a group explains itself`() throws {
    guard case .print(let text) = try parse("help catalog") else {
      throw UsageError("nothing is printed")
    }
    #expect(text.contains("catalog put") && !text.contains("tracks list"))
  }
}

@Suite("Values of flags", .timeLimit(.minutes(2)))
struct ArgumentsTests {
  private let flag = Flag("n", .text("N"), "a number")

  private func arguments(_ values: [String]) -> Arguments {
    Arguments(command: "x", operands: ["one"], values: ["n": values])
  }

  @Test(arguments: [("1", 1), ("007", 7), ("2147483647", 2_147_483_647)])
  func `a count is a number from 1`(_ text: String, _ number: Int) throws {
    #expect(try arguments([text]).count(flag) == number)
  }

  @Test(arguments: ["", "0", "-1", "1.5", "x", "2147483648", "9223372036854775808"])
  func `what is none is refused, and the flag is named`(_ text: String) {
    let error = #expect(throws: UsageError.self) { try arguments([text]).count(flag) }
    #expect(error?.message.contains("--n: '\(text)'") == true)
    #expect(error?.command == "x")
  }

  @Test func `a switch that is not given is neither on nor off`() throws {
    for text in ["on", "true", "yes"] { #expect(try arguments([text]).bool(flag) == true) }
    for text in ["off", "false", "no"] { #expect(try arguments([text]).bool(flag) == false) }
    let nothing = Arguments(command: "x", operands: [], values: [:])
    #expect(try nothing.bool(flag) == nil)
    #expect(try nothing.count(flag) == nil)
    #expect(throws: UsageError.self) { try arguments(["On"]).bool(flag) }
  }

  @Test func `of a flag that is given twice the last counts, and an operand has its place`() {
    #expect(arguments(["a", "b"]).text(flag) == "b")
    #expect(arguments([]).has(flag) && arguments([]).text(flag) == nil)
    #expect(arguments([]).operand(0) == "one" && arguments([]).operand(1) == nil)
  }
}

@Suite("Settings", .timeLimit(.minutes(2)))
struct SettingsTests {
  private func settings(
    _ values: [String: [String]] = [:], _ environment: [String: String] = [:]
  ) throws -> Settings {
    try Settings(
      Arguments(command: "x", operands: [], values: values), environment: environment)
  }

  @Test func `a flag wins over the environment, and that over the default`() throws {
    #expect(try settings().server == "127.0.0.1:50051")
    let environment = ["TRACKCTL_SERVER": "a:1", "TRACKCTL_ACTOR": "ann", "USER": "root"]
    #expect(try settings([:], environment).server == "a:1")
    #expect(try settings(["server": ["b:2"]], environment).server == "b:2")
    #expect(try settings([:], environment).metadata["trackd-actor"] == "ann")
    #expect(try settings([:], ["USER": "root"]).metadata["trackd-actor"] == "root")
    #expect(try settings(["actor": ["bob"]], environment).metadata["trackd-actor"] == "bob")
    #expect(try settings().metadata["trackd-actor"] == nil)
  }

  @Test func `a time limit is a number of seconds`() throws {
    #expect(try settings().timeout == .seconds(30))
    #expect(try settings(["timeout": ["0.5"]]).timeout == .milliseconds(500))
    #expect(try settings(["timeout": ["86400"]]).timeout == .seconds(86_400))
    #expect(try settings([:], ["TRACKCTL_TIMEOUT": "7"]).timeout == .seconds(7))
    for text in ["0", "-1", "x", "", "1e9", "86400.1", "nan", "inf"] {
      #expect(throws: UsageError.self) { try settings(["timeout": [text]]) }
    }
  }

  @Test func `a variable that is empty is none, and a server that is empty is an error`() throws {
    #expect(try settings([:], ["TRACKCTL_SERVER": ""]).server == "127.0.0.1:50051")
    #expect(
      try settings([:], ["TRACKCTL_ACTOR": "", "USER": "ann"]).metadata["trackd-actor"] == "ann")
    #expect(try settings(["actor": [""]], ["USER": "ann"]).metadata["trackd-actor"] == nil)
    #expect(throws: UsageError.self) { try settings(["server": [""]]) }
  }

  @Test func `a socket's path is no name of a server`() throws {
    #expect(try settings(["server": ["unix:/run/trackd"]]).authority == "localhost")
    #expect(try settings(["server": ["trackd.example:1"]]).authority == "trackd.example:1")
  }

  @Test func `output is JSON only when it is asked for`() throws {
    #expect(try settings(["output": ["json"]]).isJSON)
    #expect(try !settings(["output": ["table"]]).isJSON)
    #expect(try !settings().isJSON)
  }

  @Test func `an actor that no header can hold is refused`() {
    #expect(throws: UsageError.self) { try settings(["actor": ["é"]]) }
  }
}
