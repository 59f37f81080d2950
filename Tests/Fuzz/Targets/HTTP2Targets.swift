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
    let whole = Self.read(sent, role, piece: sent.count + 1)
    let cut = Self.read(sent, role, piece: piece)
    let said = [whole, cut].map { "\($0.player.transcript.all) \($0.player.error, default: "-")" }
    if cut.isOver || cut.player.transcript.all.contains(where: { $0.hasPrefix("goAway") }) {
      // With its last stream gone behind a GOAWAY a connection is over, and nghttp2 reads no more:
      // who reads in larger pieces has read on.
      let lines = cut.player.transcript.all
      check(whole.player.transcript.all.starts(with: lines), "\(said[0])\nbegins with \(said[1])")
    } else {
      check(said[0] == said[1], "in one piece: \(said[0])\nin pieces of \(piece): \(said[1])")
      check(whole.output == cut.output, "pieces of \(piece) are answered the same")
    }
    for player in [whole.player, cut.player] { player.finish() }
  }

  /// What became of a connection.
  private struct Reading {
    let player: SessionPlayer
    /// The session was done with it, perhaps in front of its last byte.
    var isOver = false
    var output: [UInt8] = []
  }

  private static func read(_ bytes: [UInt8], _ role: HTTP2Session.Role, piece: Int) -> Reading {
    var reading = Reading(player: SessionPlayer(role, HTTP2Limits()))
    let player = reading.player
    if role == .client {
      for _ in 0..<3 {
        player.open([":method": "POST", ":scheme": "http", ":path": "/"], endStream: false)
      }
      player.produce()
    }
    for start in stride(from: 0, to: bytes.count, by: piece) where !reading.isOver {
      player.receive(Array(bytes[start..<min(bytes.count, start + piece)]))
      reading.isOver = player.session.isFinished && player.session.failure == nil
    }
    reading.output = player.produce()
    return reading
  }
}
