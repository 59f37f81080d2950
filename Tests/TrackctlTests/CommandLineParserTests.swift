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
    ("track list cart", "tracks list"), ("image list cart v1.0", "images list"),
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
    ("tracks list a -o", "the value is missing"),
    ("tracks list a -o xml", "'xml' is not table or wide or json"),
    ("tracks list a -o json -o json", "--output is given twice"),
    ("tracks delete a b --force=yes", "--force takes no value"),
    ("catalog get thing x", "'thing' is none of organization"),
    ("completion fish", "'fish' is none of bash, zsh"), ("help nonsense", "no command 'nonsense'"),
    ("catalog get projectss x", "'projectss' is none of"),
    ("trackss list a", "no command 'trackss'"),
    ("track", "'track' wants to know what to do"), ("deploys a b c", "no command 'deploys'"),
    ("tracks lists a", "'tracks' has no 'lists'"),
    ("catalog put organization x --tier=", "--tier: '' is not free or paid"),
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
      let explanation = text[..<(text.firstRange(of: "Examples:")?.lowerBound ?? text.endIndex)]
      let lines = explanation.split(separator: "\n")
      #expect(lines.dropFirst().allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
      #expect(text.contains("Examples:"))
    }
  }

  @Test(arguments: CatalogKind.allCases)
  func `a kind of the catalog is singular or plural`(kind: CatalogKind) throws {
    for word in [kind.rawValue, kind.plural] {
      for command in ["get", "put", "delete"] {
        #expect(try arguments("catalog \(command) \(word) x").operands == [kind.rawValue, "x"])
      }
      #expect(try arguments("catalog list \(word) x").operands == [kind.plural, "x"])
    }
  }

  @Test func `every noun of the command table may be singular or plural`() throws {
    for spec in Command.all.map(\.spec) where spec.path.count > 1 {
      let other = [
        spec.path[0].hasSuffix("s") ? String(spec.path[0].dropLast()) : spec.path[0] + "s"
      ]
      guard case .print(let text) = try parser.parse(["help"] + other + spec.path.dropFirst())
      else {
        Issue.record("help \(other) prints nothing")
        return
      }
      #expect(text.hasPrefix("Usage: trackctl \(spec.name)"))
    }
    #expect(!Command.all.map(\.spec).filter { $0.path.count > 1 }.isEmpty)
  }

  @Test func `a flag may be emptied where that has a meaning`() throws {
    let line = ["catalog", "put", "component", "x", "--auto-build", "", "--image-source="]
    guard case .run(_, let arguments) = try parser.parse(line) else {
      throw UsageError("nothing runs")
    }
    #expect(arguments.text(CatalogFlags.autoBuild) == "")
    #expect(arguments.text(CatalogFlags.imageSource) == "")
  }

  @Test func `flags of a command have different names`() {
    for command in Command.all {
      let names = (command.spec.flags + GlobalFlags.all).map(\.name)
      #expect(Set(names).count == names.count, "\(command.spec.name)")
    }
  }

  @Test func `the overview names every command and every status`() {
    let text = HelpText.overview(Command.all)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    for command in Command.all { #expect(text.contains("  \(command.spec.name)  ")) }
    for status in ExitCode.allCases { #expect(text.contains("  \(status.rawValue)  ")) }
  }

  @Test func `a group explains itself`() throws {
    for line in ["help catalog", "catalog --help", "-o json catalog -h"] {
      guard case .print(let text) = try parse(line) else {
        throw UsageError("nothing is printed")
      }
      #expect(text.contains("catalog put") && !text.contains("tracks list"))
    }
    #expect(throws: UsageError.self) { try parse("nonsense --help") }
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
  }

  @Test func `output is JSON only when it is asked for`() throws {
    #expect(try settings(["output": ["json"]]).format == .json)
    #expect(try settings(["output": ["wide"]]).format == .wide)
    #expect(try settings(["output": ["table"]]).format == .table)
    #expect(try settings().format == .table)
  }

  // MARK: Actors

  @Test(arguments: ["jürgen", "李 雷", "Zoë O'Neil", "😀"])
  func `a name that is not ASCII goes as bytes`(name: String) throws {
    for (flags, environment) in [
      (["actor": [name]], [:]), ([:], ["TRACKCTL_ACTOR": name]), ([:], ["USER": " \(name)\t"]),
    ] as [([String: [String]], [String: String])] {
      let metadata = try settings(flags, environment).metadata
      #expect(metadata.binaryValues("trackd-actor-bin") == [Array(name.utf8)])
      #expect(metadata["trackd-actor"] == nil)
    }
  }

  @Test(arguments: ["a\u{1}b", "a\u{9B}b", "a\tb", String(repeating: "ü", count: 256)])
  func `a name that trackd refuses is an error where it was chosen`(name: String) throws {
    let error = #expect(throws: UsageError.self) { try settings(["actor": [name]]) }
    #expect(error?.message.hasPrefix("--actor: ") == true)
    let other = #expect(throws: UsageError.self) { try settings([:], ["TRACKCTL_ACTOR": name]) }
    #expect(other?.message.hasPrefix("TRACKCTL_ACTOR: ") == true)
    // The system's name of the user was not chosen for trackd.
    let mended = try settings([:], ["USER": name]).metadata.binaryValues("trackd-actor-bin")
    let text = String(decoding: try #require(mended.first), as: UTF8.self)
    #expect(text.unicodeScalars.count <= 255)
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  // MARK: Addresses

  @Test(arguments: [
    "127.0.0.1:50051", "[::1]:1", "trackd:65535", "a-b.c_d.example:50051", "unix:/run/trackd.sock",
    "unix:trackd.sock", "unix:///run/trackd.sock", "http:80", "dns:53", "unix-abstract:trackd",
  ])
  func `an address is taken as it is`(text: String) throws {
    #expect(try settings(["server": [text]]).server == text)
  }

  @Test(arguments: [
    ("http://trackd.example:50051", "trackd.example:50051"), ("http://h/", "h:50051"),
    ("HTTP://h:1/x?y#z", "h:1"), ("https://h:1", "with --tls, and 'https://h:1' is written h:1"),
    ("grpc://h:1", "h:1"), ("tcp://user@h:1", "h:1"), ("ws://h:1", "h:1"), ("http://", "HOST:PORT"),
    ("http://[::1]:1/", "[::1]:1"), ("http://[::1]", "[::1]:50051"), ("dns:///h:1", "h:1"),
    ("dns:h:1", "h:1"), ("dns://8.8.8.8/h:1", "h:1"), ("ipv4:127.0.0.1:1", "127.0.0.1:1"),
    ("ipv6:[::1]:1", "[::1]:1"), ("passthrough:///h:1", "h:1"), ("h", "h:50051"),
    ("localhost", "the port is missing: localhost:50051"), ("::1", "[::1]:50051"),
    ("[::1]", "[::1]:50051"), (":50051", "127.0.0.1:50051"), ("h:0", "0 is no port"),
    ("h:65536", "neither HOST:PORT nor unix:PATH"), ("h:x", "neither HOST:PORT nor unix:PATH"),
    ("h:", "neither HOST:PORT nor unix:PATH"), ("/run/trackd.sock", "unix:/run/trackd.sock"),
    ("./t.sock", "unix:./t.sock"), ("unix:", "the path is missing"),
    ("unix://run/t", "unix:/run/t"),
    ("unix:/" + String(repeating: "x", count: 107), "at most 107 bytes"),
    ("unix-abstract:", "the name is missing"), ("UNIX-ABSTRACT:x", "unix-abstract:x"),
    ("tröckd:1", "'tröckd' is no name of a host"),
    ("a b:1", "'a b' is no name of a host"),
  ])
  func `what is no address says what would be one`(text: String, right: String) throws {
    for (flags, environment, source) in [
      (["server": [text]], [:], "--server: "),
      ([:], ["TRACKCTL_SERVER": text], "TRACKCTL_SERVER: "),
    ] as [([String: [String]], [String: String], String)] {
      let error = #expect(throws: UsageError.self) { try settings(flags, environment) }
      #expect(error?.message.hasPrefix(source) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains(right) == true, "\(error?.message ?? "")")
    }
  }

  @Test func `what is wrong with a variable is said of the variable`() {
    let error = #expect(throws: UsageError.self) { try settings([:], ["TRACKCTL_TIMEOUT": "x"]) }
    #expect(error?.message.hasPrefix("TRACKCTL_TIMEOUT: ") == true)
  }
}
