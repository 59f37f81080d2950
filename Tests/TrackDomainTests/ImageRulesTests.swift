import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ImageReferenceTests {
  private static let digest = "sha256:" + String(repeating: "0a", count: 32)
  private static let longDigest = "sha512:" + String(repeating: "0b", count: 64)

  @Test(arguments: [
    ("app", "app", "", ""),
    ("app:1.2", "app", "1.2", ""),
    ("team/app", "team/app", "", ""),
    ("registry.example/team/app:1.2", "registry.example/team/app", "1.2", ""),
    (
      "Registry.Example:5000/team/a__b/c--d:V_1.2-x", "Registry.Example:5000/team/a__b/c--d",
      "V_1.2-x", ""
    ),
    ("localhost/app", "localhost/app", "", ""),
    ("localhost:5000/app:_x", "localhost:5000/app", "_x", ""),
    ("host.example:65535/app", "host.example:65535/app", "", ""),
    ("host.example:1/app", "host.example:1/app", "", ""),
    ("[::1]:5000/app", "[::1]:5000/app", "", ""),
    ("[::1]/app", "[::1]/app", "", ""),
    ("[::]/app:1", "[::]/app", "1", ""),
    ("[fd00::A:1]:65535/team/app:1.2", "[fd00::A:1]:65535/team/app", "1.2", ""),
    ("[1:2:3:4:5:6:7:8]/app", "[1:2:3:4:5:6:7:8]/app", "", ""),
    ("[1:2:3:4:5:6:7::]/app", "[1:2:3:4:5:6:7::]/app", "", ""),
    ("[2001:db8::1]:5000/app:1@\(longDigest)", "[2001:db8::1]:5000/app", "1", longDigest),
    ("127.0.0.1:5000/app", "127.0.0.1:5000/app", "", ""),
    ("app@\(longDigest)", "app", "", longDigest),
    (
      "app@sha384:" + String(repeating: "0c", count: 48), "app", "",
      "sha384:" + String(repeating: "0c", count: 48)
    ),
    (
      String(repeating: "a", count: 255) + ":" + String(repeating: "b", count: 128)
        + "@\(longDigest)",
      String(repeating: "a", count: 255), String(repeating: "b", count: 128), longDigest
    ),
    (
      String(repeating: "a", count: 255) + ":" + String(repeating: "b", count: 128),
      String(repeating: "a", count: 255), String(repeating: "b", count: 128), ""
    ),
    ("app@\(digest)", "app", "", digest),
    (
      "host.example/a/b:tag@\(digest.uppercased().replacing("SHA256", with: "sha256"))",
      "host.example/a/b", "tag", digest
    ),
  ])
  func `are read`(text: String, name: String, tag: String, digest: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.name == name)
    #expect(reference.tag == tag)
    #expect(reference.digest == digest)
  }

  @Test(arguments: [
    "", " app", "app ", "App", "team/App", "a//b", "/app", "app/", "app:", "app:-x", "a___b",
    "a.-b", "-app", "app-", "app:1:2", "host.example:/app", "host.example:port/app",
    "host.example:100000/app", "host.example:65536/app", "host.example:99999/app:1",
    "host.example:0/app", "host.example:000080/app", "host.example:+80/app", "host:1:2/app",
    "[::1]:65536/app", "[::1]:/app", "[::1]x/app", "[::1", "[::1]", "[::1]:5000", "[]/app",
    "[:::]/app", "[1::2::3]/app", "[1:2:3:4:5:6:7]/app", "[1:2:3:4:5:6:7:8:9]/app",
    "[1:2:3:4:5:6:7:8::]/app", "[12345::]/app", "[::g]/app", "[::1%eth0]/app", "[::1.2.3.4]/app",
    "[example]/app", "::1/app", "::1:5000/app", "[::1]]/app", "x[::1]/app",
    "-host.example/app", "host..example/app", "https://host.example/app", "app@", "app@sha256:0a",
    "app@md5:00", "app@sha512:\(String(repeating: "0", count: 64))",
    "app@sha256:\(String(repeating: "0", count: 128))",
    "app@sha1:\(String(repeating: "0", count: 40))",
    "app@sha512:\(String(repeating: "g", count: 128))",
    "app@SHA256:\(String(repeating: "0", count: 64))",
    "app@sha256", "app@:00", "app@sha384:\(String(repeating: "0", count: 95))",
    "app\n", "app\u{0}", "äpp", "app:ä", "a b", "$(reboot)", "--option",
    String(repeating: "a", count: 256), "app:" + String(repeating: "a", count: 129),
    "app@\(digest)@\(digest)",
  ])
  func `are refused`(text: String) {
    #expect(throws: InvalidValue.self) { try ImageReference(text) }
  }
}

@Suite(.timeLimit(.minutes(2))) struct ImageRulesTests {
  private static let digest = "sha256:" + String(repeating: "0a", count: 32)

  private func fields(_ images: [ContainerImage]) -> [String] {
    var violations = Violations()
    _ = ImageRules.check(images, &violations)
    return violations.fields.map(\.field)
  }

  @Test func `are as many, and as long, as may be`() throws {
    let most = (0..<20).map { number in
      ContainerImage(
        name: String(repeating: "a", count: 61) + "\(number + 10)", reference: "app")
    }
    #expect(fields(most).isEmpty)
    var longer = most
    longer[7].name += "a"
    #expect(fields(longer) == ["images[7].name"])
    #expect(try ImageRules.checkPorts(Array(1...50)).count == 50)
    #expect(try ImageRules.checkRunId(String(repeating: "r", count: 255)).count == 255)
  }

  @Test func `of one image need no name`() {
    #expect(fields([ContainerImage(reference: "app")]).isEmpty)
    #expect(fields([ContainerImage(name: "Main-1.x_y", reference: "app")]).isEmpty)
  }

  @Test func `write digests in lower case`() {
    var violations = Violations()
    let image = ContainerImage(
      reference: "app", digest: "sha256:" + String(repeating: "0A", count: 32))
    #expect(ImageRules.check([image], &violations).first?.digest == Self.digest)
    #expect(violations.error == nil)
  }

  @Test(arguments: [
    ([], ["images"]),
    (Array(repeating: ContainerImage(name: "a", reference: "app"), count: 21), ["images"]),
    ([ContainerImage(reference: "")], ["images[0].reference"]),
    ([ContainerImage(name: "-a", reference: "app")], ["images[0].name"]),
    ([ContainerImage(name: "a b", reference: "app")], ["images[0].name"]),
    (
      [ContainerImage(reference: "a"), ContainerImage(reference: "b")],
      ["images[0].name", "images[1].name", "images[1].name"]
    ),
    (
      [ContainerImage(name: "a", reference: "a"), ContainerImage(name: "a", reference: "b")],
      ["images[1].name"]
    ),
    ([ContainerImage(reference: "app", digest: "sha256:0")], ["images[0].digest"]),
    (
      [ContainerImage(reference: "app", digest: "sha512:" + digest.dropFirst(7))],
      ["images[0].digest"]
    ),
    (
      [
        ContainerImage(
          reference: "app@" + digest, digest: "sha256:" + String(repeating: "0b", count: 32))
      ], ["images[0].digest"]
    ),
  ])
  func `name what is wrong`(images: [ContainerImage], expected: [String]) {
    #expect(fields(images) == expected)
  }

  @Test(
    arguments: [
      [0], [65536], [-1], [80, 80], Array(1...51).map(Int32.init),
    ] as [[Int32]])
  func `refuse ports`(ports: [Int32]) {
    #expect(throws: InvalidValue.self) { try ImageRules.checkPorts(ports) }
  }

  @Test func `take ports from 1 to 65535`() throws {
    #expect(try ImageRules.checkPorts([1, 65535, 80]) == [1, 65535, 80])
    #expect(try ImageRules.checkPorts([]) == [])
  }

  @Test(arguments: ["", "a\nb", String(repeating: "r", count: 256), "a\u{0}"])
  func `refuse run ids`(id: String) {
    #expect(throws: InvalidValue.self) { try ImageRules.checkRunId(id) }
  }

  @Test(arguments: ["/etc/passwd", "a/../b", "..", "a\nb"])
  func `refuse paths of API definitions`(path: String) {
    #expect(throws: InvalidValue.self) { try ImageRules.checkAPIDefinitionPath(path) }
  }

  @Test func `bound the time of a commit`() throws {
    let now = Timestamp(microseconds: 1_800_000_000_000_000)
    let day: Int64 = 24 * 3600 * 1_000_000
    for time in [0, now.microseconds, now.microseconds + day] {
      _ = try ImageRules.checkCommitTime(Timestamp(microseconds: time), now: now)
    }
    for time in [-1, .min, now.microseconds + day + 1, .max] {
      #expect(throws: InvalidValue.self) {
        try ImageRules.checkCommitTime(Timestamp(microseconds: time), now: now)
      }
    }
  }

  @Test func `tell whether a run saved the same`() {
    let a = ContainerImage(name: "a", reference: "app:1", digest: Self.digest)
    let b = ContainerImage(name: "b", reference: "app:2")
    #expect(ImageRules.areSame([a, b], [b, a]))
    // The digest decides, not the place from which the image is pulled.
    var moved = a
    moved.reference = "mirror.example/app:1"
    #expect(ImageRules.areSame([a, b], [moved, b]))
    let pinned = ContainerImage(name: "a", reference: "app@" + Self.digest)
    #expect(ImageRules.areSame([a], [pinned]))
    #expect(!ImageRules.areSame([a], [a, b]))
    #expect(!ImageRules.areSame([b], [ContainerImage(name: "b", reference: "app:3")]))
    #expect(
      !ImageRules.areSame([a], [ContainerImage(name: "c", reference: "app:1", digest: Self.digest)])
    )
  }
}

@Suite(.timeLimit(.minutes(2))) struct CommitHashTests {
  @Test func `are written in lower case`() throws {
    let hash = String(repeating: "0aB", count: 13) + "F"
    #expect(try CommitHash.check(hash) == hash.lowercased())
    let long = String(repeating: "f", count: 64)
    #expect(try CommitHash.check(long) == long)
  }

  @Test(arguments: [
    "", "abc1234", String(repeating: "a", count: 39), String(repeating: "a", count: 41),
    String(repeating: "g", count: 40), "--upload-pack=" + String(repeating: "a", count: 26), "HEAD",
  ])
  func `are refused`(hash: String) {
    #expect(throws: InvalidValue.self) { try CommitHash.check(hash) }
  }

  @Test func `are named by their beginnings, of 7 digits at least`() throws {
    for count in 7...64 {
      #expect(
        try CommitHash.checkBeginning(String(repeating: "F", count: count))
          == String(repeating: "f", count: count))
    }
    for text in ["", "abc123", String(repeating: "f", count: 65), "abc123g", "abc12 3"] {
      #expect(throws: InvalidValue.self) { try CommitHash.checkBeginning(text) }
    }
  }
}
