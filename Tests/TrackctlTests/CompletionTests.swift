import Testing

@testable import trackctl

@Suite("Completion", .timeLimit(.minutes(2)))
struct CompletionTests {
  @Test(arguments: [
    (["tr"], ["tracks"]), (["tracks", "de"], ["delete"]),
    (["tracks", ""], ["list", "get", "create", "update", "configure", "delete"]),
    (["-o", "json", "ca"], ["cancel", "catalog"]), (["-o", ""], ["table", "json"]),
    (["tracks", "list", "--output", "j"], ["json"]),
    (["catalog", "get", "p"], ["project", "pipeline"]),
    (["catalog", "list", "o"], ["organizations"]), (["help", "im"], ["images"]),
    (["tracks", "delete", "cart", "v1.0", "--f"], ["--force"]),
    (["catalog", "put", "component", "x", "--type", "w"], ["web-app"]),
    (["tracks", "configure", "cart", "v1.0", ""], [":files"]),
    (["catalog", "put", "project", "x", "--file", ""], [":files"]),
    (["completion", ""], ["bash", "zsh"]),
    (["--server", "a", ":", "1", "wat"], ["watch"]), (["--output", "=", "j"], ["json"]),
    (["nonsense", ""], []), (["tracks", "list", ""], []), ([], []),
  ])
  func `what can come next is offered`(words: [String], candidates: [String]) {
    #expect(Completion.candidates(for: words) == candidates)
  }

  @Test func `at the beginning every command is offered`() {
    let offered = Completion.candidates(for: [""])
    #expect(Set(offered) == Set(Command.all.compactMap { $0.spec.path.first } + ["help"]))
  }
}
