public import Crypto
public import EventLoop

/// A socket's bytes under TLS.
///
/// It reads ciphertext into buffers that the channels of its loop share, so that an idle connection
/// keeps none. Confined to its loop, like every `ByteChannel`.
public final class TLSChannel: ByteChannel, HandshakeWaiter {
  private let socket: SocketChannel
  private let session: TLSSession
  private let loopState: TLSLoop
  /// Servers only: judges the peer's certificate again when the server's rules have changed.
  private let judge: PeerJudge?
  /// What both sides must have agreed on; nil for anything.
  private let required: AgreedProtocol?

  /// Ciphertext that was read and waits for room in a reader's buffer.
  private var unread: TLSInput?
  /// Ciphertext that the socket has not taken.
  private var unsent: [UInt8] = []
  private var hasFailed = false
  private var isClosed = false
  /// What the owner watches for.
  private var wanted: Readiness = .readable
  /// Since when its handshake waits for its turn, with a socket that is not watched; nil when it
  /// does not.
  private var waitsForTurnSince: MonotonicTime?
  public private(set) var peerIdentity: PeerIdentity?
  /// Why TLS has failed; nil when it has not.
  public private(set) var failure: TLSError?
  private var hasToldOfHandshake = false

  init(
    _ socket: SocketChannel, _ session: TLSSession, _ loopState: TLSLoop, judge: PeerJudge? = nil,
    requires required: AgreedProtocol? = nil
  ) {
    self.socket = socket
    self.session = session
    self.loopState = loopState
    self.judge = judge
    self.required = required
  }

  // MARK: Watching

  public func open(on loop: EventLoop, for handler: any EventHandler) throws(SystemError) {
    try socket.open(on: loop, for: handler)
  }

  public func pass(to handler: any EventHandler) { socket.pass(to: handler) }

  public func watch(_ readiness: Readiness) throws(SystemError) {
    wanted = readiness
    if waitsForTurnSince == nil { try socket.watch(readiness) }
  }

  public var isEstablished: Bool { session.isEstablished }
  public var localAddress: SocketAddress? { socket.localAddress }
  public var peerAddress: SocketAddress? { socket.peerAddress }
  public var peerUserID: UInt32? { socket.peerUserID }
  public var unacknowledgedBytes: Int { socket.unacknowledgedBytes + unsent.count }
  public var hasPendingInput: Bool { unread != nil || session.hasDecrypted }

  public var agreedProtocol: AgreedProtocol {
    switch session.applicationProtocol {
    case "h2": .http2
    default: .http1
    }
  }

  /// What both sides agreed on; nil before the handshake is over.
  public var agreement: TLSAgreement? { isEstablished ? TLSAgreement(session) : nil }

  public var lostTrust: String? { judge?.objection(to: session.peerCertificates) }

  // MARK: The handshake

  var host: PeerHost { PeerHost(peerAddress) }

  /// - Returns: nil once it is over, else what it waits for.
  private func shakeHands() throws(ChannelError) -> Readiness? {
    if try hasToWait() { return .writable }
    guard try sendUnsent() else { return .writable }
    let began = MonotonicTime.now()
    defer { loopState.turns.worked(MonotonicTime.now() - began) }
    var input = takeInput()
    defer { giveBack(&input) }
    var hasFetched = false
    while true {
      let step = try call { session, output throws(TLSError) in
        try session.shakeHands(&input, &output)
      }
      switch step {
      case .done:
        if let required, agreedProtocol != required {
          let error = TLSError("TLS: the other side does not speak HTTP/2", .noAgreement)
          failure = error
          throw ChannelError(error.description)
        }
        peerIdentity = PeerIdentity(session.peerCertificates)
        tellOfHandshake(session.isResumed ? .resumed : .full)
        return nil
      case .needsRoom:
        return .writable
      case .needsInput:
        guard unsent.isEmpty else { return .writable }
        if hasFetched { return .readable }
        hasFetched = true
        switch try fetch(&input) {
        case .bytes: break
        case .wouldBlock(let readiness): return readiness
        case .end: throw ChannelError("the peer closed the connection during the handshake")
        }
      case .end:
        throw ChannelError("the peer ended the handshake")
      }
    }
  }

  private func tellOfHandshake(_ end: HandshakeEnd) {
    if hasToldOfHandshake { return }
    hasToldOfHandshake = true
    loopState.ended(end)
  }

  /// Whether the handshake has to wait for its turn. Its owner then waits for room to write, which
  /// there is when the turn comes: the handshake may be the one that has to write first, and what it
  /// has to read may have been read.
  private func hasToWait() throws(ChannelError) -> Bool {
    if let since = waitsForTurnSince {
      // A read and a write may both find this out in one turn. In later ones nothing is watched but
      // the loss of the connection, which is reported again and again.
      guard since == loopState.now else {
        throw ChannelError("the peer closed the connection during the handshake")
      }
      return true
    }
    if loopState.turns.allow(self) { return false }
    waitsForTurnSince = loopState.now
    do throws(SystemError) {
      try socket.watch([])
    } catch {
      throw ChannelError(error)
    }
    return true
  }

  /// It is this channel's turn: its owner is called again, since its socket takes bytes.
  func turnCame() {
    guard !isClosed else { return }
    waitsForTurnSince = nil
    // Where the system refuses it, the owner's time for the handshake ends the connection.
    try? socket.watch(wanted)
  }

  // MARK: Reading

  public func read(into buffer: inout [UInt8]) throws(ChannelError) -> ChannelRead {
    if !isEstablished, let readiness = try shakeHands() { return .wouldBlock(readiness) }
    _ = try sendUnsent()
    var input = takeInput()
    defer { giveBack(&input) }
    var count = 0
    var hasFetched = false
    while count < buffer.count {
      let step = try call { session, output throws(TLSError) in
        try session.read(&input, into: &buffer, from: count, &output)
      }
      switch step {
      case .done(let more): count += more
      case .end: return count > 0 ? .bytes(count) : .end
      case .needsRoom: return count > 0 ? .bytes(count) : .wouldBlock(.writable)
      case .needsInput:
        if count > 0 { return .bytes(count) }
        // Records may carry nothing, for as long as the peer likes: others have their turn.
        if hasFetched { return .wouldBlock(.readable) }
        hasFetched = true
        switch try fetch(&input) {
        case .bytes: break
        case .wouldBlock(let readiness): return .wouldBlock(readiness)
        // Without a goodbye: what the connection carries has its own ends.
        case .end: return .end
        }
      }
    }
    return .bytes(count)
  }

  /// Reads ciphertext from the socket into an input that has none left.
  private func fetch(_ input: inout TLSInput) throws(ChannelError) -> ChannelRead {
    if input.bytes.count < TLSLoop.inputBytes { input = loopState.borrowInput() }
    let result = try socket.read(into: &input.bytes)
    if case .bytes(let count) = result { input.range = 0..<count }
    return result
  }

  /// What waits, else the loop's empty buffer.
  private func takeInput() -> TLSInput {
    if let unread {
      self.unread = nil
      return unread
    }
    return loopState.borrowInput()
  }

  private func giveBack(_ input: inout TLSInput) {
    if !input.isEmpty {
      var rest = TLSInput(size: 0)
      rest.bytes = Array(input.bytes[input.range])
      rest.range = 0..<rest.bytes.count
      unread = rest
    }
    loopState.giveBack(&input)
  }

  // MARK: Writing

  public func write(_ bytes: [UInt8], from start: Int) throws(ChannelError) -> ChannelWrite {
    try write([bytes[start...]])
  }

  public func write(_ pieces: [ArraySlice<UInt8>]) throws(ChannelError) -> ChannelWrite {
    if !isEstablished, let readiness = try shakeHands() { return .part(0, waitsFor: readiness) }
    guard try sendUnsent() else { return .part(0, waitsFor: .writable) }
    var records = RecordPieces(pieces)
    var taken = 0
    while records.hasMore {
      taken += try call { session, output throws(TLSError) in
        var count = 0
        while records.hasMore, output.room >= TLSOutput.recordRoom {
          let record = records.next()
          try session.write(record, &output)
          count += record.count
        }
        return count
      }
      guard unsent.isEmpty else { return .part(taken, waitsFor: .writable) }
    }
    return .all
  }

  public func endWriting() throws(ChannelError) -> Readiness {
    if isEstablished, !hasSaidGoodbye {
      guard try sendUnsent() else { return .writable }
      hasSaidGoodbye = true
      try call { session, output in session.sayGoodbye(&output) }
    }
    guard try sendUnsent() else { return .writable }
    return socket.endWriting()
  }
  private var hasSaidGoodbye = false

  public func close() {
    guard !isClosed else { return }
    tellOfHandshake(.failed(.unfinished))
    if isEstablished, !hasFailed, !hasSaidGoodbye, unsent.isEmpty {
      try? call { session, output in session.sayGoodbye(&output) }
    }
    isClosed = true
    loopState.turns.forget(self)
    socket.close()
    unsent = []
    unread = nil
  }

  // MARK: The session's output

  /// Calls the session, and sends what it has written: an alert also when it fails.
  private func call<R>(
    _ body: (TLSSession, inout TLSOutput) throws(TLSError) -> R
  ) throws(ChannelError) -> R {
    // Beside bytes that wait there is room for nothing: a peer that reads nothing, and makes the
    // session write, would have them pile up.
    var output = loopState.borrowOutput(hasRoom: unsent.isEmpty)
    defer { loopState.giveBack(&output) }
    let result: R
    do throws(TLSError) {
      result = try body(session, &output)
    } catch {
      hasFailed = true
      failure = error
      tellOfHandshake(.failed(HandshakeFailure(error.kind)))
      // The connection is lost anyway; the alert tells the peer why, if it can be sent.
      try? send(output)
      throw ChannelError(error.description)
    }
    try send(output)
    return result
  }

  private func send(_ output: TLSOutput) throws(ChannelError) {
    guard output.count > 0 else { return }
    if case .part(let count, _) = try socket.write([output.bytes[..<output.count]]) {
      unsent = Array(output.bytes[count..<output.count])
    }
  }

  /// - Returns: whether nothing waits any more.
  private func sendUnsent() throws(ChannelError) -> Bool {
    guard !unsent.isEmpty else { return true }
    switch try socket.write(unsent, from: 0) {
    case .all: unsent = []
    case .part(let count, _): unsent.removeFirst(count)
    }
    return unsent.isEmpty
  }
}

/// What the two sides of a TLS connection agreed on.
public struct TLSAgreement: Sendable, Equatable {
  /// `TLSv1.3` or `TLSv1.2`.
  public let version: String
  /// Such as `TLS_AES_256_GCM_SHA384`.
  public let cipherSuite: String
  /// The other side's own certificate; empty and nil without one.
  public let peerSubject: String
  public let peerIssuer: String
  /// When the first certificate of its chain ends, in seconds since 1970.
  public let peerExpiresAt: Int64?

  init(_ session: TLSSession) {
    version = session.version
    cipherSuite = session.cipherSuite ?? ""
    let chain = session.peerCertificates
    peerSubject = chain.first?.subject ?? ""
    peerIssuer = chain.first?.issuer ?? ""
    peerExpiresAt = chain.map(\.notAfter).min()
  }
}

extension PeerIdentity {
  /// Nil without certificates.
  fileprivate init?(_ chain: [Certificate]) {
    guard let own = chain.first else { return nil }
    let names = own.alternativeNames
    self.init(
      certificates: chain.map(\.der), uris: names.uris, dnsNames: names.dns, subject: own.subject,
      expiresAt: chain.map(\.notAfter).min() ?? own.notAfter)
  }
}
