import Testing

@testable import TrackGit

/// The messages of git 2.39.
@Suite(.timeLimit(.minutes(2))) struct GitTroubleTests {
  private static let hash = "2dab4417dc1a15757ccff3359d33062ef22258d1"

  @Test(arguments: [
    (
      "fatal: prepare: cannot lock ref 'refs/heads/main': Unable to create "
        + "'/srv/ops.git/refs/heads/main.lock': File exists.\n\nAnother git process seems to be "
        + "running in this repository, e.g.\nan editor opened by 'git commit'.",
      "refs/heads/main.lock"
    ),
    ("fatal: Unable to create '/data/git/x/shallow.lock': File exists.", "shallow.lock"),
    (
      "remote: error: cannot lock ref 'refs/heads/a/b': Unable to create "
        + "'/srv/o.git/./refs/heads/a/b.lock': File exists.", "refs/heads/a/b.lock"
    ),
    ("error: could not lock config file /srv/x.git/config.lock: File exists", "config.lock"),
  ])
  func `locks are named from the repository on`(_ text: String, _ file: String) {
    let trouble = GitTrouble(Array(text.utf8))
    #expect(trouble?.kind == .lock && trouble?.what == file)
  }

  @Test(arguments: [
    (
      "error: object file ./objects/2d/ab4417 is empty\nfatal: loose object \(hash) "
        + "(stored in /srv/ops.git/objects/2d/ab4417) is corrupt",
      "loose object \(hash) is corrupt"
    ),
    ("fatal: Can't load tree \(hash)", "Can't load tree \(hash)"),
    ("fatal: Not a valid commit: \(hash)", "Not a valid commit: \(hash)"),
    (
      "remote: fatal: bad tree object \(hash)        \nerror: git upload-pack: git-pack-objects died\n"
        + "fatal: git upload-pack: aborting due to possible repository corruption on the remote side."
        + "\nfatal: early EOF",
      "bad tree object \(hash)"
    ),
    (
      "fatal: git upload-pack: aborting due to possible repository corruption on the remote side.",
      "aborting due to possible repository corruption on the remote side."
    ),
    ("remote: fatal: unable to read \(hash)\nfatal: early EOF", "unable to read \(hash)"),
    (
      "fatal: prepare: cannot lock ref 'refs/heads/main': unable to resolve reference "
        + "'refs/heads/main': reference broken",
      "prepare: cannot lock ref 'refs/heads/main': unable to resolve reference 'refs/heads/main': "
        + "reference broken"
    ),
    ("warning: ignoring broken ref refs/heads/main", "ignoring broken ref refs/heads/main"),
    (
      "error: packfile /srv/x.git/objects/pack/pack-1.pack does not match index",
      "packfile objects/pack/pack-1.pack does not match index"
    ),
  ])
  func `damage is told in git's words, without folders`(_ text: String, _ words: String) {
    let trouble = GitTrouble(Array(text.utf8))
    #expect(trouble?.kind == .damage)
    #expect(trouble?.what == words)
    #expect(trouble?.what.contains("/srv") == false)
  }

  @Test(arguments: [
    "", "fatal: Could not read from remote repository.",
    "fatal: could not read Username for 'https://x': terminal prompts disabled",
    "error: unable to read askpass response from 'true'",
    "fatal: prepare: cannot lock ref 'refs/heads/main': is at \(hash) but expected \(hash)",
    "fatal: prepare: cannot lock ref 'refs/heads/main': reference already exists",
    "fatal: prepare: cannot lock ref 'refs/heads/main': unable to resolve reference 'refs/heads/main'",
    "fatal: couldn't find remote ref refs/heads/main", "fatal: early EOF",
    "fatal: destination path 'x' already exists", "mkdir: File exists",
    "error: cannot lock ref 'refs/heads/a': 'refs/heads/a/b' exists; cannot create 'refs/heads/a'",
  ])
  func `other failures are none`(_ text: String) {
    #expect(GitTrouble(Array(text.utf8)) == nil)
  }
}
