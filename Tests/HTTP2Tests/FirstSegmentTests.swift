import HTTP2
import Testing

/// A peer may break the rules in the very bytes of the preface, cut anywhere. It gets the same
/// answer as later, and its session ends, whatever state that is in.
@Suite(.timeLimit(.minutes(2))) struct FirstSegmentTests {
  /// The end of a server's session.
  private struct Outcome: Equatable {
    var ending = Abuse.Ending.none
    var debug = ""
    var isFinished = false
    var refusals: [HTTP2Refusal] = []
  }

  private func outcome(_ server: Peer) -> Outcome {
    var frames: [Frame] = []
    while server.session.wantsWrite {
      let bytes = server.output()
      #expect(!bytes.isEmpty || !server.session.wantsWrite, "it wants to write and does not")
      if bytes.isEmpty { break }
      frames += Frame.parse(bytes) ?? []
    }
    var outcome = Outcome()
    if let goAway = frames.last(where: { $0.type == Frame.goAway }) {
      outcome.ending = .goAway(goAway.code ?? 0)
      outcome.debug = goAway.debug
    } else if let reset = frames.last(where: { $0.type == Frame.reset }) {
      outcome.ending = .reset(reset.code ?? 0)
    }
    outcome.isFinished = server.session.isFinished
    for case .refused(let refusal, _) in server.events where !outcome.refusals.contains(refusal) {
      outcome.refusals.append(refusal)
    }
    return outcome
  }

  private func afterHandshake(_ abuse: Abuse) throws -> Outcome {
    let server = try startedServer(Abuse.limits)
    server.receive(abuse.frames)
    return outcome(server)
  }

  private func inPieces(_ pieces: ArraySlice<UInt8>...) throws -> Outcome {
    let server = try Peer(.server, Abuse.limits)
    for piece in pieces { server.receive(Array(piece)) }
    return outcome(server)
  }

  @Test(arguments: Abuse.all)
  func `an abuse in the segment of the preface ends as after a handshake, cut anywhere`(
    _ abuse: Abuse
  ) throws {
    let reference = try afterHandshake(abuse)
    #expect(reference.ending == abuse.ending)
    if case .goAway = abuse.ending { #expect(reference.isFinished) }

    let bytes = Frame.preface + Frame.settings().bytes + abuse.frames.flatMap(\.bytes)
    let whole = try inPieces(bytes[...])
    #expect(whole.ending == abuse.endingBeforeSettings)
    if abuse.ending == abuse.endingBeforeSettings { #expect(whole == reference) }
    for cut in 1..<min(200, bytes.count) {
      let parts = try inPieces(bytes[..<cut], bytes[cut...])
      #expect(parts == whole, "cut at \(cut)")
    }
  }

  @Test func `an abuse byte by byte ends as in one piece`() throws {
    for abuse in Abuse.all where abuse.frames.count <= 12 {
      let bytes = Frame.preface + Frame.settings().bytes + abuse.frames.flatMap(\.bytes)
      let server = try Peer(.server, Abuse.limits)
      for byte in bytes where server.error == nil { server.receive([byte]) }
      #expect(outcome(server).ending == abuse.endingBeforeSettings, "\(abuse.name)")
    }
  }

  @Test func `nine empty CONTINUATIONs with the preface are answered with GOAWAY`() throws {
    let server = try Peer(.server)
    server.receive(
      Frame.preface + Frame.settings().bytes
        + Frame(type: 1, stream: 1, payload: [0x83, 0x86]).bytes
        + (0..<9).flatMap { _ in Frame(type: 9, stream: 1).bytes })
    #expect(server.session.wantsWrite && !server.session.isFinished)
    #expect(server.frames().map(\.type) == [Frame.settings, Frame.goAway])
    #expect(server.lastFrame?.code == 0xb)
    #expect(!server.session.wantsWrite && server.session.isFinished)
  }

  @Test func `a session that is ended before the preface is over at once`() throws {
    let server = try Peer(.server)
    server.receive(Array(Frame.preface.dropLast()))
    server.session.terminate(.protocolError, debug: "enough")
    #expect(server.session.isFinished && !server.session.wantsWrite)
    #expect(server.output().isEmpty)
  }

  @Test(arguments: Abuse.all)
  func `a server's peer does not end a client's session without a word`(_ abuse: Abuse) throws {
    let client = try Peer(.client, Abuse.limits)
    let stream = try #require(client.session.openStream(.request, endStream: false))
    _ = client.output()
    client.receive([Frame.settings()] + abuse.frames)
    while client.session.wantsWrite {
      let bytes = client.output()
      #expect(!bytes.isEmpty || !client.session.wantsWrite, "it wants to write and does not")
      if bytes.isEmpty { break }
    }
    if client.session.failure != nil { #expect(client.session.isFinished) }
    client.session.connectionLost()
    client.drain()
    #expect(stream.isClosed)
  }
}
