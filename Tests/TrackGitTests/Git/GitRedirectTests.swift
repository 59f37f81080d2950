import EventLoop
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitRedirectTests {
  private func failed(_ text: String, _ status: Int32 = 128) -> ChildOutput {
    ChildOutput(status: .exited(status), error: Array(text.utf8))
  }

  @Test(arguments: [
    ("fatal: unable to access 'https://x/': The requested URL returned error: 302", true),
    ("fatal: unable to access 'https://x/': The requested URL returned error: 308\n", true),
    ("fatal: unable to access 'https://x/': The requested URL returned error: 403", false),
    ("remote: The requested URL returned error: 302\nfatal: x", false),
  ])
  func `a redirect is told from other failures`(_ text: String, _ isOne: Bool) {
    #expect(GitRedirect.isOne(failed(text)) == isOne)
    #expect(!GitRedirect.isOne(failed(text, 0)))
  }

  @Test(arguments: [
    ("Location: https://other.example/x.git", "https://other.example/x.git"),
    ("location:https://a.example/x?token=s3cret", "https://a.example/x"),
    ("Location: https://ada:s3cret@a.example/x#y", "https://***@a.example/x"),
    ("Location: /login", "/login"), ("Location: a\u{1B}[31mb", "ab"),
    ("Location: ", nil), ("X-Location: https://a.example", nil),
  ])
  func `its target is named, without secrets`(_ field: String, _ target: String?) {
    let trace = """
      07:46:03.7 http.c:725 => Send header: Location: https://sent.example
      07:46:03.7 http.c:725 <= Recv header: HTTP/1.1 302 Found
      07:46:03.7 http.c:725 <= Recv header: \(field)
      """
    #expect(GitRedirect.target(Array(trace.utf8)) == target)
    let error = GitRedirect.error(to: target)
    #expect(error.kind == .refused && !error.message.contains("s3cret"))
    if let target { #expect(error.message.contains(target)) }
  }

  @Test func `a long target is cut`() throws {
    let trace = "<= Recv header: Location: https://" + String(repeating: "a", count: 1000)
    #expect(try #require(GitRedirect.target(Array(trace.utf8))).count == 300)
  }
}
