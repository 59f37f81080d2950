import RPC
import Testing
import TrackAccess
import Wire

@testable import TrackServices

/// What a connection remembers of its last credential.
@Suite(.timeLimit(.minutes(2))) struct ConnectionCallerTests {
  private let field = Array("Bearer abcdefghijklmnopqrstuvwxyz".utf8)
  private let caller = Caller(principal: "token:ci", expiresAt: 1000)

  private var known: ConnectionCaller {
    ConnectionCaller(field, 3, .success(ProvedCaller(caller, .token(TokenDigest(of: field)))))
  }

  private func isAbout(
    _ known: ConnectionCaller, _ field: some Collection<UInt8>, _ generation: Int
  ) -> Bool {
    known.isAbout(Array(field).span, generation)
  }

  @Test func `It is about the same bytes under the same credentials`() {
    #expect(isAbout(known, field, 3))
    #expect(!isAbout(known, field, 4))
    #expect(!known.isAboutConnection)
    for place in field.indices {
      var other = field
      other[place] ^= 1
      #expect(!isAbout(known, other, 3), "\(place)")
      #expect(!isAbout(known, field[..<place], 3), "\(place)")
    }
  }

  @Test func `A block is known as the same object, under the same credentials`() {
    let known = known
    let block: HeaderFields = ["authorization": "Bearer a", "trackd-actor": "ann"]
    #expect(!known.isAbout(block, 3))
    known.met(block, namesActor: true)
    #expect(known.isAbout(block, 3) && known.namesActor)
    #expect(!known.isAbout(block, 4))
    #expect(!known.isAbout(["authorization": "Bearer b", "trackd-actor": "ann"], 3))
    let connection = ConnectionCaller(connection: caller)
    connection.met(block, namesActor: false)
    #expect(connection.isAbout(block, 4))
  }

  @Test func `A credential that has come to its end counts no more`() throws {
    #expect(try known.proved(at: 999).caller == caller)
    #expect(throws: CredentialFault.expired) { try known.proved(at: 1000) }
  }

  @Test func `What a connection proves is no credential of a call`() throws {
    let known = ConnectionCaller(connection: caller)
    #expect(known.isAboutConnection)
    #expect(!isAbout(known, [], 0))
    #expect(try known.proved(at: 5000).caller == caller)
    #expect(known.storage[CallerKey.self]?.caller == caller)
    #expect(ConnectionCaller(connection: .anonymous).storage.isEmpty)
  }

  @Test func `A refusal proves nobody`() {
    let known = ConnectionCaller(field, 0, .failure(.badSignature))
    #expect(known.storage.isEmpty)
    #expect(throws: CredentialFault.badSignature) { try known.proved(at: 0) }
  }
}
