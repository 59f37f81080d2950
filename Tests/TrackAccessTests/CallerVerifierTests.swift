import Testing

@testable import TrackAccess

@Suite(.timeLimit(.minutes(2)))
struct CallerVerifierTests {
  private let input = TokenCases.shared
  private let start = ContinuousClock.now

  private func outcome(
    _ verifier: CallerVerifier, _ token: String, from host: String = "a", now: Int64? = nil,
    after: Duration = .zero
  ) -> String {
    do throws(CredentialFault) {
      return try verifier.caller(
        bearing: Array(token.utf8)[...], from: host, now: now ?? input.now, at: start + after
      ).caller.principal
    } catch {
      return error.rawValue
    }
  }

  private func token(_ name: String) throws -> String {
    try #require(input.cases.first { $0.name == name }).token
  }

  private let github = "as https://token.actions.githubusercontent.com makes it"
  private let principal =
    "jwt:https://token.actions.githubusercontent.com#repo:example/cart:ref:refs/heads/main"

  @Test(arguments: TokenCases.shared.cases)
  func `Each token has its outcome, the second time too`(_ item: TokenCases.Case) throws {
    let verifier = CallerVerifier(try input.credentials())
    #expect(outcome(verifier, item.token) == item.outcome)
    #expect(outcome(verifier, item.token) == item.outcome)
  }

  @Test
  func `Groups are qualified as the principal is`() throws {
    let verifier = CallerVerifier(try input.credentials())
    let dex = try verifier.caller(
      bearing: Array(try token("as https://dex.example.com/dex makes it").utf8)[...], from: "",
      now: input.now, at: start)
    #expect(
      dex.caller.groups == [
        "jwt:https://dex.example.com/dex#deployers", "jwt:https://dex.example.com/dex#admins",
      ])
    #expect(dex.caller.expiresAt == input.now + 300)
    #expect(dex.proof == .issuer("https://dex.example.com/dex"))
    let keycloak = try verifier.caller(
      bearing: Array(
        try token("as https://keycloak.example.com/realms/example makes it").utf8)[...],
      from: "", now: input.now, at: start)
    #expect(
      keycloak.caller.groups.last == "jwt:https://keycloak.example.com/realms/example#release")
  }

  @Test
  func `A token that was verified ends when it says so`() throws {
    let verifier = CallerVerifier(try input.credentials())
    let token = try token(github)
    #expect(outcome(verifier, token) == principal)
    #expect(outcome(verifier, token, now: input.now + 359) == principal)
    #expect(outcome(verifier, token, now: input.now + 360) == "TOKEN_EXPIRED")
    #expect(outcome(verifier, token, now: input.now + 300) == principal)
  }

  @Test
  func `Nothing that was found out outlives the credentials it was found out with`() throws {
    let verifier = CallerVerifier(try input.credentials())
    let token = try token(github)
    #expect(outcome(verifier, token) == principal)
    verifier.use(AccessCredentials())
    #expect(outcome(verifier, token) == "TOKEN_UNKNOWN")
    verifier.use(try input.credentials())
    #expect(outcome(verifier, token) == principal)
  }

  @Test
  func `A token with a new key is taken once the key is there`() throws {
    let issuers = try AuthConfig.read(Array(TokenCases.config.utf8))
    let verifier = CallerVerifier(
      AccessCredentials(issuers: [AccessCredentials.Issuer(issuers[0], keys: nil)]))
    var asked: [String] = []
    verifier.onUnknownKey = { asked.append($0) }
    let token = try token(github)
    #expect(outcome(verifier, token) == "ISSUER_KEYS_UNAVAILABLE")
    let other = try input.keySet("https://dex.example.com/dex")
    verifier.use(AccessCredentials(issuers: [AccessCredentials.Issuer(issuers[0], keys: other)]))
    #expect(outcome(verifier, token) == "TOKEN_KEY_UNKNOWN")
    #expect(asked == [issuers[0].name, issuers[0].name])
    verifier.use(try input.credentials())
    #expect(outcome(verifier, token) == principal)
  }

  @Test
  func `Bad signatures of a host are verified until its budget is used up`() throws {
    let verifier = CallerVerifier(
      try input.credentials(), failures: FailureBudget(burst: 3, perSecond: 1))
    let good = try token(github)
    let signature = good.split(separator: ".")[2]
    let stem = good.dropLast(signature.count)
    // 342 digits, of which the last has two bits that are zero.
    func bad(_ number: Int) -> String {
      let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
      return stem + String(digits[number % 26]) + String(digits[number / 26])
        + signature.dropFirst(2)
    }
    for number in 0..<3 { #expect(outcome(verifier, bad(number)) == "TOKEN_SIGNATURE_INVALID") }
    #expect(outcome(verifier, bad(3)) == "TOO_MANY_BAD_SIGNATURES")
    // Known ones cost nothing; other hosts have their own budgets.
    #expect(outcome(verifier, bad(0)) == "TOKEN_SIGNATURE_INVALID")
    #expect(outcome(verifier, bad(3), from: "b") == "TOKEN_SIGNATURE_INVALID")
    #expect(outcome(verifier, good, from: "b") == principal)
    #expect(outcome(verifier, good) == principal)
    // A part of what comes back in a second is nothing.
    #expect(outcome(verifier, bad(6), after: .milliseconds(1)) == "TOO_MANY_BAD_SIGNATURES")
    #expect(outcome(verifier, bad(6), after: .milliseconds(900)) == "TOO_MANY_BAD_SIGNATURES")
    #expect(outcome(verifier, bad(4), after: .seconds(1)) == "TOKEN_SIGNATURE_INVALID")
    #expect(outcome(verifier, bad(5), after: .seconds(1)) == "TOO_MANY_BAD_SIGNATURES")
  }

  @Test
  func `Tokens of the file name their callers`() throws {
    let text = """
      # SHA-256 of "one", "two" and "old"
      ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
      ada sha256:3FC4CCFE745870E2C0D99F71F30FF0656C8DEDD41CC1D7D3D376B0DBE685E2F3 groups=dev,ops
      old sha256:cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4 \
      expires=2026-01-01T00:00:00Z
      """
    let verifier = CallerVerifier(try input.credentials(tokens: text))
    #expect(outcome(verifier, "one") == "token:ci")
    #expect(outcome(verifier, "two") == "token:ada")
    #expect(outcome(verifier, "old") == "TOKEN_EXPIRED")
    #expect(outcome(verifier, "three") == "TOKEN_UNKNOWN")
    #expect(outcome(verifier, "One") == "TOKEN_UNKNOWN")
    #expect(
      outcome(verifier, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
        == "TOKEN_UNKNOWN")
    let ada = try verifier.caller(
      bearing: Array("two".utf8)[...], from: "", now: input.now, at: start)
    #expect(ada.caller.groups == ["token:dev", "token:ops"])
    let credentials = try input.credentials(tokens: text)
    #expect(credentials.stillKnows(ada.proof))
    #expect(!AccessCredentials().stillKnows(ada.proof))
  }

  @Test
  func `A field that was seen before is answered as it was, until other credentials count`() throws
  {
    let verifier = CallerVerifier(try input.credentials())
    let good = try token(github)
    func answer(_ field: String, at now: Int64) -> String {
      do throws(CredentialFault) {
        return try verifier.caller(
          authorizing: Array(field.utf8)[...], from: "a", now: now, at: start
        ).caller.principal
      } catch {
        return error.rawValue
      }
    }
    let other = "Bearer " + good.dropLast(3) + "AAA"
    for _ in 0..<2 {
      #expect(answer("Bearer \(good)", at: input.now) == principal)
      #expect(answer("bearer  \(good)", at: input.now) == principal)
      #expect(answer("Basic \(good)", at: input.now) == "CREDENTIALS_MALFORMED")
      #expect(answer(other, at: input.now) == "TOKEN_SIGNATURE_INVALID")
    }
    #expect(answer("Bearer \(good)", at: input.now + 360) == "TOKEN_EXPIRED")
    // It is not kept for longer than its credentials.
    verifier.use(AccessCredentials())
    #expect(answer("Bearer \(good)", at: input.now) == "TOKEN_UNKNOWN")
    verifier.use(try input.credentials())
    #expect(answer("Bearer \(good)", at: input.now) == principal)
  }

  @Test
  func `A token that is too long is refused unread`() throws {
    let verifier = CallerVerifier(try input.credentials())
    let long = try token(github) + String(repeating: "A", count: 16 << 10)
    #expect(outcome(verifier, long) == "CREDENTIALS_MALFORMED")
  }

  @Test
  func `What a caller was believed for is looked at again`() throws {
    let verifier = CallerVerifier(try input.credentials())
    let proved = try verifier.caller(
      bearing: Array(try token(github).utf8)[...], from: "", now: input.now, at: start)
    func fault(_ now: Int64) -> CredentialFault? {
      do throws(CredentialFault) {
        try verifier.check(proved, now: now)
        return nil
      } catch {
        return error
      }
    }
    #expect(fault(input.now + 359) == nil)
    #expect(fault(input.now + 360) == .expired)
    verifier.use(AccessCredentials())
    #expect(fault(input.now) == .unknownToken)
    // A token of the file ends when it says so, without clocks' differences.
    let caller = Caller(principal: "token:ci", expiresAt: 100)
    let digest = TokenDigest(of: Array("one".utf8)[...])
    #expect(!ProvedCaller(caller, .token(digest)).isOver(at: 99))
    #expect(ProvedCaller(caller, .token(digest)).isOver(at: 100))
    #expect(!ProvedCaller(caller, .connection).isOver(at: 159))
    #expect(ProvedCaller(caller, .connection).isOver(at: 160))
  }

  @Test
  func `Loops share the budget of a host`() throws {
    var budgets = (0..<4).map { _ in FailureBudget(burst: 8, perSecond: 4, sharedBy: 4) }
    func failures(_ number: Int, after: Duration) -> Int {
      var count = 0
      while budgets[number].allowsVerification(for: "a", at: start + after) {
        budgets[number].failed("a", at: start + after)
        count += 1
      }
      return count
    }
    #expect((0..<4).map { failures($0, after: .zero) } == [2, 2, 2, 2])
    #expect((0..<4).map { failures($0, after: .milliseconds(999)) } == [0, 0, 0, 0])
    #expect((0..<4).map { failures($0, after: .seconds(1)) } == [1, 1, 1, 1])
    // More loops than bad signatures: each takes one.
    var many = FailureBudget(burst: 2, perSecond: 1, sharedBy: 8)
    let first = many.allowsVerification(for: "a", at: start)
    many.failed("a", at: start)
    let second = many.allowsVerification(for: "a", at: start)
    #expect(first && !second)
  }

  @Test
  func `Credentials are the same when the same tokens, issuers and keys count`() throws {
    let one =
      #"{"kty":"OKP","crv":"Ed25519","kid":"1","x":"\#(String(repeating: "A", count: 43))"}"#
    let two = one.replacing("\"1\"", with: "\"2\"")
    func keys(_ list: String) throws -> KeySet {
      try KeySet(jwks: Array("{\"keys\": [\(list)]}".utf8))
    }
    #expect(try keys("\(one), \(two)").isSame(as: keys("\(two),\(one)")))
    #expect(try !keys(one).isSame(as: keys(two)))
    #expect(try !keys(one).isSame(as: keys("\(one),\(two)")))
    let other = one.replacing("AAAA\"", with: "AABA\"")
    #expect(try !keys(one).isSame(as: keys(other)))
    #expect(try input.credentials().isSame(as: input.credentials()))
    #expect(try !input.credentials().isSame(as: AccessCredentials()))
    let issuers = try AuthConfig.read(Array(TokenCases.config.utf8))
    func credentials(_ keys: KeySet?) -> AccessCredentials {
      AccessCredentials(issuers: [AccessCredentials.Issuer(issuers[0], keys: keys)])
    }
    #expect(credentials(nil).isSame(as: credentials(nil)))
    #expect(try !credentials(nil).isSame(as: credentials(keys(one))))
    #expect(try credentials(keys(one)).isSame(as: credentials(keys(one))))
  }
}
