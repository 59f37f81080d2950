import Wire

@testable import HTTP2

extension FuzzTarget {
  /// Frames of a client, and what the caller of a server's session does.
  static let http2Server = FuzzTarget(name: "http2-server", maxLength: 1500) { input in
    HTTP2Moves.play(.server, input)
  }

  /// Frames of a server, and what the caller of a client's session does.
  static let http2Client = FuzzTarget(name: "http2-client", maxLength: 1500) { input in
    HTTP2Moves.play(.client, input)
  }

  /// Any bytes behind the preface mean the same in whatever pieces they come.
  static let http2Pieces = FuzzTarget(name: "http2-pieces", maxLength: 3000) { bytes in
    var input = FuzzInput(bytes)
    let role: HTTP2Session.Role = input.bool() ? .server : .client
    let piece = 1 + input.choice(40)
    let sent = (role == .server ? FrameBytes.preface : []) + input.remainder()
    let players = [sent.count + 1, piece].map { piece in
      let player = SessionPlayer(role, HTTP2Limits())
      for _ in 0..<3 where role == .client {
        player.open([":method": "POST", ":scheme": "http", ":path": "/"], endStream: false)
      }
      if role == .client { player.produce() }
      player.receive(sent, piece: piece)
      return (player, player.produce())
    }
    check(players[0].0.transcript == players[1].0.transcript, "pieces of \(piece) read the same")
    check(players[0].0.error == players[1].0.error, "pieces of \(piece) fail the same")
    check(players[0].1 == players[1].1, "pieces of \(piece) are answered the same")
    for (player, _) in players { player.finish() }
  }
}
