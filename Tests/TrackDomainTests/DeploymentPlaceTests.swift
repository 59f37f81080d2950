import Testing
import TrackDomain

/// When two places are the same, and which parts of its place an environment keeps.
@Suite(.timeLimit(.minutes(2))) struct DeploymentPlaceTests {
  @Test(arguments: [
    "https://git.example/shop/ops.git", "https://GIT.example/shop/ops",
    "HTTPS://git.example:443/shop/ops/",
    "ssh://git@git.example/shop/ops.git", "ssh://git.example:22//shop/./ops",
    "git@git.example:shop/ops.git",
    "ada@git.example:/shop/ops", "ssh://git@git.example/~/shop/ops",
    "https://git.example/shop/%6fps.git",
  ])
  func `a repository is the same however its URL is written`(_ url: String) {
    #expect(GitOpsRepositoryKey.key(url) == "git.example/shop/ops")
  }

  @Test(arguments: [
    "", "https://git.example/shop/OPS.git", "https://git.example:8443/shop/ops",
    "https://git.example/ops",
    "https://git.example/shop/ops.gitx", "/shop/ops", "file:///shop/ops",
    "https://other.example/shop/ops",
    "ssh://git.example:443/shop/ops", "git.example/shop/opsx",
  ])
  func `others are others`(_ url: String) {
    #expect(GitOpsRepositoryKey.key(url) != "git.example/shop/ops")
  }

  @Test func `paths of this machine are known by their folders`() {
    let keys = ["/srv/ops.git", "file:///srv/ops.git", "/srv//ops.git/", "/srv/./ops.git"]
      .map(GitOpsRepositoryKey.key)
    #expect(Set(keys) == ["/srv/ops.git"])
    #expect(GitOpsRepositoryKey.key("/srv/ops") == "/srv/ops")
    #expect(GitOpsRepositoryKey.key("") == "")
  }

  @Test func `a place is the same with another spelling, and with nothing else`() {
    let place = DeploymentPlace(repositoryURL: "https://h/r.git", branch: "main", path: "a/b")
    let spelled = DeploymentPlace(repositoryURL: "git@h:r", branch: "main", path: "./a//b/")
    #expect(place.isSame(as: spelled))
    for change: (inout DeploymentPlace) -> Void in [
      { $0.repositoryURL = "https://h/s.git" }, { $0.branch = "Main" }, { $0.path = "a/B" },
      { $0.path = "a" }, { $0.path = "." },
    ] {
      var other = place
      change(&other)
      #expect(!place.isSame(as: other))
    }
  }

  @Test func `a branch that is not named is the one there is, in the same repository`() {
    let former = Environment(
      id: "dev", projectId: "p", name: "dev", gitopsRepositoryURL: "https://h/r.git",
      gitopsBranch: "trunk", gitopsPath: "a")
    var new = former
    new.gitopsBranch = ""
    new.gitopsRepositoryURL = "git@h:r"
    #expect(new.settled(from: former).gitopsBranch == "trunk")
    #expect(new.settled(from: nil).gitopsBranch == "")
    new.gitopsRepositoryURL = "https://h/s.git"
    #expect(new.settled(from: former).gitopsBranch == "")
    new.gitopsBranch = "x"
    #expect(new.settled(from: former) == new)
  }

  @Test func `a folder that is not named is the one there is, and at first the id`() {
    let bare = Environment(id: "dev", projectId: "p", name: "dev", gitopsBranch: "b")
    #expect(bare.settled(from: nil).gitopsPath == "dev")
    var former = bare
    for path in [".", "a/b"] {
      former.gitopsPath = path
      #expect(bare.settled(from: former).gitopsPath == path)
    }
    var named = bare
    named.gitopsPath = "c"
    #expect(named.settled(from: former).gitopsPath == "c")
  }
}
