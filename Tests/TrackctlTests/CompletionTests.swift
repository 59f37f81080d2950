import Testing

@testable import trackctl

@Suite("Completion", .timeLimit(.minutes(2)))
struct CompletionTests {
  @Test(arguments: [
    (["tr"], ["tracks"]), (["tracks", "de"], ["delete"]),
    (["tracks", ""], ["list", "get", "create", "update", "configure", "delete"]),
    (["track", "d"], ["delete"]), (["-o", "json", "ca"], ["cancel", "catalog"]),
    (["-o", ""], ["table", "wide", "json"]), (["tracks", "list", "--output", "j"], ["json"]),
    (["catalog", "get", "p"], ["project", "pipeline"]),
    (["catalog", "get", "projects"], ["projects"]), (["catalog", "get", "x"], []),
    (["catalog", "list", "o"], ["organizations"]), (["help", "im"], ["images"]),
    (["catalog", "list", "organization"], ["organizations"]),
    (["tracks", "delete", "cart", "v1.0", "--f"], ["--force"]),
    (["catalog", "put", "component", "x", "--type", "w"], ["web-app"]),
    (["catalog", "put", "component", "x", "--type=w"], ["--type=web-app"]),
    (["completion", ""], ["bash", "zsh"]), (["--server", "a:1", "wat"], ["watch"]),
    (["--server=a:1", "wat"], ["watch"]), (["--output=j"], ["--output=json"]),
    (["--output="], ["--output=table", "--output=wide", "--output=json"]), (["--nonsense=x"], []),
    (["nonsense", ""], []), (["tracks", "list", "cart", ""], []), ([], []),
    (["--actor", ""], []),
  ])
  func `what can come next is offered`(words: [String], candidates: [String]) {
    #expect(Completion.answer(for: words) == .words(candidates))
  }

  @Test(arguments: [
    ["tracks", "configure", "cart", "v1.0", ""], ["catalog", "put", "project", "x", "--file", ""],
    ["deploy", "a", "b", "c", "--api-settings", "x"],
  ])
  func `files are left to the shell`(words: [String]) {
    #expect(Completion.answer(for: words) == .files)
  }

  @Test(
    arguments: [
      (["tracks", "list", ""], .component, "", ""),
      (["track", "get", "cart", "v"], .track, "v", ""),
      (["deploy", "cart", "v1.0", "3f"], .image, "3f", ""),
      (["history", "-o", "json", "cart", "v1.0", ""], .deployment, "", ""),
      (["resume", "cart", "v1.0", ""], .environment, "", ""),
      (["watch", "c"], .component, "c", ""),
      (["deploy", "cart", "v1.0", "x", "--environment", "p"], .environment, "p", ""),
      (["deploy", "cart", "v1.0", "x", "--pipeline=m"], .pipeline, "m", "--pipeline="),
      (["promote", "cart", "v1.0", "--to", ""], .environment, "", ""),
      (["catalog", "get", "components", "x"], .ofKind, "x", ""),
      (["catalog", "list", "components", "x"], .ownerOfKind, "x", ""),
      (["catalog", "put", "component", "x", "--pipeline", ""], .pipeline, "", ""),
      (["watch", "--project", ""], .project, "", ""),
      (["configs", "unset", "cart", "v1.0", ""], .variable, "", ""),
      (["config", "unset", "cart", "v1.0", "A", "B", "C"], .variable, "C", ""),
      (["configs", "diff", "cart", "v1.0", "1", ""], .configRevision, "", ""),
      (["configs", "show", "cart", "v1.0", "--revision=1"], .configRevision, "1", "--revision="),
      (["configs", "show", "cart", "v1.0", "--deployment", ""], .deployment, "", ""),
      (["configs", "diff", "cart", "v1.0", "--environment", "p"], .environment, "p", ""),
    ] as [([String], ServerNames, String, String)])
  func `the server is asked for its names`(
    words: [String], names: ServerNames, current: String, behind: String
  ) throws {
    guard case .names(let question) = Completion.answer(for: words) else {
      Issue.record("\(words) asks for no names")
      return
    }
    #expect(question.names == names)
    #expect(question.current == current && question.behind == behind)
  }

  @Test func `a question knows what the command line says`() throws {
    let words = ["--server", "h:1", "deploy", "--actor=me", "cart", "v1.0", ""]
    guard case .names(let question) = Completion.answer(for: words) else {
      throw UsageError("nothing is asked")
    }
    #expect(question.globalFlags == ["server": ["h:1"], "actor": ["me"]])
    #expect(question.operand(.component) == "cart" && question.operand(.track) == "v1.0")
    #expect(question.operand(.image) == nil && question.kind == nil)
    let put = ["catalog", "put", "pipelines", "main", "--project", "shop", "--environment", ""]
    guard case .names(let environments) = Completion.answer(for: put) else {
      throw UsageError("nothing is asked")
    }
    #expect(environments.kind == .pipeline && environments.value(CatalogFlags.project) == "shop")
  }

  @Test func `every operand that names something of the server's is completed`() {
    // A word that stands for a name on the server, but is not completed, was forgotten.
    let known = [
      "COMPONENT", "TRACK", "IMAGE", "DEPLOYMENT", "ENVIRONMENT", "ID", "OWNER", "FROM", "TO",
      "NAME",
    ]
    for spec in Command.all.map(\.spec) {
      for operand in spec.operands where known.contains(operand.name) {
        #expect(operand.names != nil, "\(spec.name): \(operand.name)")
      }
      for flag in spec.flags
      where ["environment", "pipeline", "project", "image", "to", "revision", "deployment"]
        .contains(flag.name)
        && flag.takesValue && spec.name != "images save" && spec.name != "catalog put"
      {
        #expect(flag.names != nil, "\(spec.name): --\(flag.name)")
      }
    }
  }

  @Test func `names that a shell could misunderstand are not offered`() {
    let names = ["a", "", "-x", ":files", "a b", "a\u{1B}", "$(x)", "b"]
    #expect(ServerNameSearch.lines(names, behind: "--x=") == "--x=a\n--x=$(x)\n--x=b\n")
    let many = (0..<500).map { "n\($0)" }
    #expect(ServerNameSearch.lines(many, behind: "").split(separator: "\n").count == 100)
  }

  @Test func `at the beginning every command is offered`() {
    guard case .words(let offered) = Completion.answer(for: [""]) else { return }
    #expect(Set(offered) == Set(Command.all.compactMap { $0.spec.path.first } + ["help"]))
  }
}
