import Crypto
import EventLoop
import TrackAccess

extension Command {
  static let authToken = Command(
    CommandSpec(
      path: ["auth", "token"],
      summary: "Make a bearer token, and the line for trackd's --auth-tokens.",
      details: """
        Asks no server. The token stands in the first line of the output, and nowhere else: put it \
        into a file that only its user can read. The second line goes into the file of trackd's \
        --auth-tokens; behind it may stand groups=NAME,... and expires=2027-01-31T00:00:00Z. Who \
        has that file cannot make the token from it.
        """,
      operands: [Operand(name: "CALLER", help: "who calls with it, for the history: token:NAME")],
      examples: [("trackctl auth token ci-cart", "a token for a pipeline")])
  ) { arguments, _ in
    let name = arguments.operands[0]
    guard TrackAccess.TokenFile.isWord(name) else {
      throw arguments.usage(
        "'\(name)' is no name: 1 to 63 letters, digits and the characters . _ - @")
    }
    let token = try AccessToken()
    StandardStream.output.write("\(token.text)\n\(name)  sha256:\(token.digest)\n")
    return .success
  }
}
