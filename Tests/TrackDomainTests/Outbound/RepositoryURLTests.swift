import Testing

@testable import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct RepositoryURLTests {
  @Test(arguments: [
    "https://git.example/team/app.git", "https://git.example:8443/a", "https://[::1]:1/a",
    "ssh://git@git.example:22/team/app.git", "ssh://git.example/~me/app",
    "git@git.example:team/app",
    "git.example:app.git", "https://git.example/a%20b?x=y",
  ])
  func `what git can be asked for is taken as it is`(_ text: String) throws {
    let url = try RepositoryURL(text, allowsFiles: false)
    #expect(url.text == text && url.localPath == nil)
    #expect(url.key.utf8.count == 32)
  }

  @Test(arguments: [
    "", "-", "--upload-pack=touch /tmp/x", "-oProxyCommand=touch /tmp/x",
    "ext::sh -c touch% /tmp/x", "fd::17", "ssh://-oProxyCommand=touch/x",
    "ssh://git@-oProxyCommand=touch/x", "ssh://-l@host/x", "-oProxyCommand=x:y", "git@-x:y",
    "git@host:-x", "host::x", "https://user:secret@host/x", "https://user@host/x",
    "ssh://user:secret@host/x", "user:secret@host:x", "http://host/x", "git://host/x",
    "ftp://host/x", "file:///srv/x", "/srv/x", "../x", "./x", "x", "https://host", "https://host/",
    "https:///x", "https://host:port/x", "https://ho st/x", "https://host/x\n--upload-pack=y",
    "https://host/\u{1B}[2J", "$(touch /tmp/x)", "`touch x`:y", "host;touch:x", "HTTPS://host/x",
    "https://host\\@other/x", "ssh://host:22:23/x", "://x", "ext::ssh:x",
    "https://" + String(repeating: "a", count: 3000) + "/x",
    // Spellings of addresses that programs understand in several ways, and names that curl would
    // look up itself.
    "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0177.0.0.1/x",
    "https://127.0.0.0x1/x", "https://127.0.0.01/x", "https://host./x", "git@127.1:x",
    "https://.host/x", "https://1.2.3.256/x", "https://[::1%25lo]/x", "https://[127.0.0.1]/x",
    "https://[::1/x", "https://host:0/x", "https://host:65536/x", "https://host:-1/x",
  ])
  func `options, commands, helpers, credentials and files are refused`(_ text: String) {
    let error = #expect(throws: IntegrationError.self) {
      try RepositoryURL(text, allowsFiles: false)
    }
    #expect(error?.kind == .invalid)
    // The error does not repeat the refused text, which may hold credentials.
    #expect(error?.message.contains("secret") == false)
    #expect(error?.message.contains("touch") == false)
  }

  @Test(arguments: [
    ("/srv/git/app.git", "/srv/git/app.git"), ("file:///srv/git/app.git", "/srv/git/app.git"),
    ("/srv/a b/-x", "/srv/a b/-x"),
  ])
  func `files are taken where they are allowed`(_ text: String, _ path: String) throws {
    let url = try RepositoryURL(text, allowsFiles: true)
    #expect(url.localPath == path && url.text == path)
  }

  @Test(arguments: [
    "file://host/x", "/", "/srv/../etc", "file://../x", "srv/x", "--/srv", "ext::/x",
  ])
  func `other paths are refused even then`(_ text: String) {
    #expect(throws: IntegrationError.self) { try RepositoryURL(text, allowsFiles: true) }
  }

  @Test(arguments: [
    ("https://Git.Example/x", RepositoryURL.Server.Scheme.https, "git.example", 443),
    ("https://git.example:0443/x", .https, "git.example", 443),
    ("https://git.example:/x", .https, "git.example", 443),
    ("https://10.1.2.3:8443/x", .https, "10.1.2.3", 8443),
    ("https://[FD00:0:0::1]/x", .https, "fd00::1", 443),
    ("https://[::ffff:10.0.0.1]:1/x", .https, "::ffff:a00:1", 1),
    ("ssh://git@git.example/x", .ssh, "git.example", 22),
    ("ssh://[::1]:2222/x", .ssh, "::1", 2222), ("ada@git.example:x", .ssh, "git.example", 22),
  ])
  func `the server is named in one way`(
    _ text: String, _ scheme: RepositoryURL.Server.Scheme, _ host: String, _ port: Int
  ) throws {
    let server = try #require(try RepositoryURL(text, allowsFiles: true).server)
    #expect(server.scheme == scheme && server.host == host && server.port == port)
  }
}
