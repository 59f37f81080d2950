import COpenSSL
import Testing

@testable import Crypto

/// Both sides of TLS through byte arrays.
@Suite(.timeLimit(.minutes(2)))
struct TLSSessionTests {
  @Test(arguments: TLSVersion.allCases)
  func `Bytes go both ways, and the goodbye ends them`(version: TLSVersion) throws {
    var settings = TLSServerSettings()
    settings.minimumVersion = version
    let pair = try SessionPair(
      server: try Fixture.server(settings), client: try Fixture.client(minimum: version))
    try pair.shakeHands()
    #expect(pair.server.applicationProtocol == "h2")
    #expect(pair.client.applicationProtocol == "h2")
    #expect(pair.client.version == "TLSv1.3")
    let large = [UInt8](repeating: 7, count: 16 << 10)
    #expect(try pair.sendToServer([1, 2, 3]) == [1, 2, 3])
    #expect(try pair.sendToClient(large) == large)
    #expect(pair.server.peerCertificates.isEmpty)
    #expect(try pair.goodbyeOfServer() == .end)
  }

  @Test
  func `A client's certificate tells its names, with the chain that proves it`() throws {
    let pair = try SessionPair(
      server: try Fixture.server(Fixture.mutual()), client: try Fixture.client(.client))
    try pair.shakeHands()
    let chain = pair.server.peerCertificates
    #expect(chain.count == 3)
    let own = try #require(chain.first)
    #expect(own.subject == "CN=deploy-bot,O=Example")
    #expect(own.alternativeNames.uris == ["spiffe://example.test/bot"])
    #expect(own.alternativeNames.dns == ["bot.example.test"])
    #expect(own.notAfter == 4_859_740_800)
  }

  @Test
  func `Without the required certificate, or with one of a stranger, there is no session`() throws {
    for certificate in [nil, Fixture.Side.stranger] {
      let pair = try SessionPair(
        server: try Fixture.server(Fixture.mutual()), client: try Fixture.client(certificate))
      #expect(throws: TLSError.self) { try pair.shakeHands() }
    }
  }

  @Test
  func `Where a certificate is optional, one that counts for nothing is refused all the same`()
    throws
  {
    var settings = try Fixture.mutual()
    settings.clientAuthentication = .optional
    let without = try SessionPair(
      server: try Fixture.server(settings), client: try Fixture.client())
    try without.shakeHands()
    #expect(without.server.peerCertificates.isEmpty)
    let pair = try SessionPair(
      server: try Fixture.server(settings), client: try Fixture.client(.stranger))
    #expect(throws: TLSError.self) { try pair.shakeHands() }
  }

  @Test(arguments: [
    (TestCertificates.emptyList, true), (TestCertificates.clientRevoked, false),
    // The issuer of the client has no list of its own then.
    (TestCertificates.issuerRevoked, false),
    (TestCertificates.emptyList + "\n" + TestCertificates.issuerRevoked, false),
  ])
  func `A revoked certificate, or one under a revoked authority, does not count`(
    lists: String, counts: Bool
  ) throws {
    let settings = try Fixture.mutual(lists: lists)
    let context = try Fixture.server(settings)
    let pair = try SessionPair(server: context, client: try Fixture.client(.client))
    if counts {
      try pair.shakeHands()
    } else {
      #expect(throws: TLSError.self) { try pair.shakeHands() }
    }
    // The same for a connection that was made before the list was there.
    let before = try SessionPair(
      server: try Fixture.server(Fixture.mutual()), client: try Fixture.client(.client))
    try before.shakeHands()
    #expect((context.objection(to: before.server.peerCertificates) == nil) == counts)
  }

  @Test(arguments: [
    ("localhost", true), ("127.0.0.1", true), ("127.0.0.2", false), ("localhost.test", false),
    ("a.example.test", true), ("exact.test", true), ("EXACT.test", true),
    ("a.b.example.test", false), ("example.test", false),
  ])
  func `A client takes the certificate that names its host, and no other`(
    host: String, counts: Bool
  ) throws {
    let server = try TLSServerContext(
      certificates: [Fixture.certificate(.server), Fixture.certificate(.second)],
      settings: TLSServerSettings())
    let pair = try SessionPair(server: server, client: try Fixture.client(), host: host)
    if counts {
      try pair.shakeHands()
    } else {
      #expect(throws: TLSError.self) { try pair.shakeHands() }
    }
  }

  @Test
  func `A client believes no authority but its own`() throws {
    let client = try TLSClientContext(
      authorities: Certificate.all(pem: Array(TestCertificates.otherRoot.utf8)))
    let pair = try SessionPair(server: try Fixture.server(), client: client)
    let error = #expect(throws: TLSError.self) { try pair.shakeHands() }
    #expect(error?.description.contains("certificate does not count") == true)
  }

  @Test
  func `Without a protocol in common there is no session`() throws {
    let client = try TLSClientContext(
      authorities: Certificate.all(pem: Array(TestCertificates.root.utf8)),
      applicationProtocols: ["spdy/3"])
    let pair = try SessionPair(server: try Fixture.server(), client: client)
    #expect(throws: TLSError.self) { try pair.shakeHands() }
  }

  @Test
  func `A certificate with another's key, and texts that are none, are refused`() {
    #expect(throws: CryptoError.self) {
      try TLSCertificate(
        chain: Array(TestCertificates.server.utf8), key: Array(TestCertificates.secondKey.utf8))
    }
    for text in ["", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
      #expect(throws: CryptoError.self) { try Certificate.all(pem: Array(text.utf8)) }
      #expect(throws: CryptoError.self) { try PrivateKey(pem: Array(text.utf8)) }
      #expect(throws: CryptoError.self) { try RevocationList.all(pem: Array(text.utf8)) }
    }
  }

  /// The server asks nobody for a password.
  @Test
  func `A private key that a password protects is refused as that`() {
    let text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"
    let error = #expect(throws: CryptoError.self) { try PrivateKey(pem: Array(text.utf8)) }
    #expect(error?.description.contains("a password protects it") == true)
  }

  @Test
  func `Bytes that are not TLS end a session`() throws {
    let pair = try SessionPair(server: try Fixture.server(), client: try Fixture.client())
    var input = TLSInput(size: 0)
    input.bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    input.range = 0..<input.bytes.count
    var output = TLSOutput(size: 1000)
    #expect(throws: TLSError.self) { _ = try pair.server.shakeHands(&input, &output) }
    // A record of TLS that makes no sense is answered with an alert.
    let other = try SessionPair(server: try Fixture.server(), client: try Fixture.client())
    input.bytes = [22, 3, 1, 0, 4, 20, 0, 0, 0]
    input.range = 0..<input.bytes.count
    #expect(throws: TLSError.self) { _ = try other.server.shakeHands(&input, &output) }
    #expect(output.bytes[0] == 21)
  }

  @Test
  func `Output that has no room waits, and nothing is lost`() throws {
    let pair = try SessionPair(server: try Fixture.server(), client: try Fixture.client())
    pair.outputSize = 100
    try pair.shakeHands()
    pair.outputSize = 40_000
    #expect(try pair.sendToServer([1]) == [1])
  }

  @Test(arguments: TLSVersion.allCases)
  func `New keys open the tickets of the last ones, and none that are older`(
    version: TLSVersion
  ) throws {
    let contexts = try Fixture.rotations(3)
    let first = try Fixture.resume(nil, on: contexts[0], version)
    #expect(!first.isResumed)
    #expect(try Fixture.resume(first.ticket, on: contexts[0], version).isResumed)
    let second = try Fixture.resume(first.ticket, on: contexts[1], version)
    #expect(second.isResumed)
    // The client's certificate and what leads to it came with the ticket.
    #expect(second.certificates == 3)
    #expect(try !Fixture.resume(first.ticket, on: contexts[2], version).isResumed)
    // The old ticket was replaced by one of the new keys.
    #expect(try Fixture.resume(second.ticket, on: contexts[2], version).isResumed)
    // Contexts from before do not know them.
    #expect(try !Fixture.resume(second.ticket, on: contexts[0], version).isResumed)
  }

  @Test
  func `Files that are read again change no keys, and files that change make new ones`() throws {
    let first = try Fixture.server(Fixture.mutual())
    let same = try TLSServerContext(
      certificates: [Fixture.certificate(.server)], settings: Fixture.mutual(), previous: first)
    let listed = try TLSServerContext(
      certificates: [Fixture.certificate(.server)],
      settings: Fixture.mutual(lists: TestCertificates.emptyList), previous: same)
    let other = try TLSServerContext(
      certificates: [Fixture.certificate(.second)], settings: Fixture.mutual(), previous: same)
    let keys = try [first, same, listed, other].map { try #require($0.parts.first).ticketKeys }
    #expect(keys[1].current.name == keys[0].current.name)
    for keys in keys[2...] {
      #expect(keys.previous == nil)
      #expect(keys.current.name != first.parts[0].ticketKeys.current.name)
    }
  }
}

enum Fixture {
  enum Side { case server, second, client, stranger }

  static func certificate(_ side: Side) throws -> TLSCertificate {
    let (chain, key) =
      switch side {
      case .server: (TestCertificates.server, TestCertificates.serverKey)
      case .second: (TestCertificates.second, TestCertificates.secondKey)
      case .client: (TestCertificates.client, TestCertificates.clientKey)
      case .stranger: (TestCertificates.stranger, TestCertificates.strangerKey)
      }
    return try TLSCertificate(chain: Array(chain.utf8), key: Array(key.utf8))
  }

  static func mutual(lists: String? = nil) throws -> TLSServerSettings {
    var settings = TLSServerSettings()
    settings.clientAuthentication = .require
    settings.clientAuthorities = try Certificate.all(pem: Array(TestCertificates.root.utf8))
    if let lists { settings.revocationLists = try RevocationList.all(pem: Array(lists.utf8)) }
    return settings
  }

  static func server(_ settings: TLSServerSettings = TLSServerSettings()) throws -> TLSServerContext
  {
    try TLSServerContext(certificates: [certificate(.server)], settings: settings)
  }

  /// A server's contexts, each with new keys after the one before.
  static func rotations(_ count: Int) throws -> [TLSServerContext] {
    var contexts = [try server(mutual())]
    while contexts.count < count {
      contexts.append(try TLSServerContext(rotating: contexts[contexts.count - 1]))
    }
    return contexts
  }

  /// A client's connection, which takes up the session of a ticket if there is one and the server
  /// agrees, and gets a ticket itself.
  static func resume(
    _ ticket: ClientTicket?, on server: TLSServerContext, _ version: TLSVersion
  ) throws -> (isResumed: Bool, certificates: Int, ticket: ClientTicket) {
    let pair = try SessionPair(server: server, client: try client(.client))
    try unsafe ClientTicket.prepare(pair.client.pointer, version, ticket)
    try pair.shakeHands()
    // The ticket comes before the first bytes.
    #expect(try pair.sendToClient([1]) == [1])
    #expect(pair.client.isResumed == pair.server.isResumed)
    #expect(pair.client.version == "TLSv\(version.rawValue)")
    // OpenSSL forgets a session whose connection ends without a goodbye.
    var output = TLSOutput(size: 1000)
    pair.client.sayGoodbye(&output)
    return unsafe (
      pair.server.isResumed, pair.server.peerCertificates.count,
      try #require(ClientTicket(of: pair.client.pointer))
    )
  }

  static func client(
    _ side: Side? = nil, minimum: TLSVersion = .tls12
  ) throws -> TLSClientContext {
    try TLSClientContext(
      authorities: Certificate.all(pem: Array(TestCertificates.root.utf8)),
      certificate: side.map { try certificate($0) }, minimumVersion: minimum)
  }
}

/// What a client keeps of a session to take it up later.
@safe
final class ClientTicket {
  private let session: OpaquePointer

  init?(of client: OpaquePointer) {
    guard let session = unsafe SSL_get1_session(client) else { return nil }
    unsafe self.session = session
  }

  deinit { unsafe SSL_SESSION_free(session) }

  /// Before the handshake: the client speaks this version alone, and offers the ticket.
  static func prepare(
    _ client: OpaquePointer, _ version: TLSVersion, _ ticket: ClientTicket?
  ) throws {
    let number = version == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
    try #require(unsafe SSL_ctrl(client, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(number), nil) == 1)
    if let ticket { try #require(unsafe SSL_set_session(client, ticket.session) == 1) }
  }
}

/// A client's and a server's session, with all bytes of one given to the other.
final class SessionPair {
  let server: TLSSession
  let client: TLSSession
  var outputSize = 40_000
  private var toServer: [UInt8] = []
  private var toClient: [UInt8] = []

  init(server: TLSServerContext, client: TLSClientContext, host: String = "localhost") throws {
    self.server = try server.makeSession()
    self.client = try client.makeSession(host: host)
  }

  func shakeHands() throws {
    for _ in 0..<1000 {
      try step(client, &toClient, &toServer) { try $0.shakeHands(&$1, &$2) }
      try step(server, &toServer, &toClient) { try $0.shakeHands(&$1, &$2) }
      if server.isEstablished, client.isEstablished, toServer.isEmpty { return }
    }
    Issue.record("the handshake does not end")
  }

  func sendToServer(_ bytes: [UInt8]) throws -> [UInt8] {
    try send(bytes, from: client, &toServer)
    return try read(server, &toServer, &toClient, count: bytes.count)
  }

  func sendToClient(_ bytes: [UInt8]) throws -> [UInt8] {
    try send(bytes, from: server, &toClient)
    return try read(client, &toClient, &toServer, count: bytes.count)
  }

  func goodbyeOfServer() throws -> TLSSession.Step {
    var output = TLSOutput(size: 1000)
    server.sayGoodbye(&output)
    toClient += output.bytes.prefix(output.count)
    var buffer = [UInt8](repeating: 0, count: 10)
    return try step(client, &toClient, &toServer) { try $0.read(&$1, into: &buffer, from: 0, &$2) }
  }

  private func send(_ bytes: [UInt8], from session: TLSSession, _ out: inout [UInt8]) throws {
    var output = TLSOutput(size: TLSOutput.recordRoom)
    try session.write(bytes[...], &output)
    out += output.bytes.prefix(output.count)
  }

  private func read(
    _ session: TLSSession, _ source: inout [UInt8], _ answer: inout [UInt8], count: Int
  ) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var read = 0
    while read < count {
      let result = try step(session, &source, &answer) {
        try $0.read(&$1, into: &buffer, from: read, &$2)
      }
      guard case .done(let more) = result else { break }
      read += more
    }
    return Array(buffer.prefix(read))
  }

  @discardableResult
  private func step(
    _ session: TLSSession, _ source: inout [UInt8], _ answer: inout [UInt8],
    _ call: (TLSSession, inout TLSInput, inout TLSOutput) throws -> TLSSession.Step
  ) throws -> TLSSession.Step {
    var input = TLSInput(size: 0)
    input.bytes = source
    input.range = 0..<source.count
    var output = TLSOutput(size: outputSize)
    defer {
      source = Array(input.bytes[input.range])
      answer += output.bytes.prefix(output.count)
    }
    return try call(session, &input, &output)
  }
}
