import Testing

@testable import TrackAccess

@Suite(.timeLimit(.minutes(2)))
struct CredentialTextTests {
  private func token(_ field: String) -> String? {
    (try? BearerToken.read(Array(field.utf8)[...])).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test
  func `The scheme is Bearer in any case, and one token follows`() {
    for field in ["Bearer abc", "bearer abc", "BEARER abc", "bEaReR   abc"] {
      #expect(token(field) == "abc")
    }
    #expect(token("Bearer a-._~+/9==") == "a-._~+/9==")
    for field in [
      "", "Bearer", "Bearer ", "Bearerabc", "Basic abc", "Bearer\tabc", " Bearer abc",
      "Bearer abc ",
      "Bearer abc,Bearer def", "Bearer abc, Bearer def", "Bearer a b", "Bearer =", "Bearer a=b",
      "Bearer \u{e9}", "Bearer a\0", "\u{22}earer abc", "abc", "Bearer, abc", "Bearer: abc",
    ] {
      #expect(token(field) == nil, "\(field)")
    }
  }

  private func principal(
    _ uris: [String] = [], _ dns: [String] = [], _ subject: String = ""
  ) -> String? {
    PrincipalText.certificate(uris: uris, dnsNames: dns, subject: subject, expiresAt: .max)?
      .principal
  }

  @Test
  func `A certificate's caller is its SPIFFE ID, else its DNS name, else its subject`() {
    #expect(
      principal(["https://a", "spiffe://example/ci"], ["b"], "CN=c") == "cert:spiffe://example/ci")
    #expect(principal([], ["b", "c"], "CN=c") == "cert:dns:b")
    #expect(principal([], [], "CN=spiffe://x") == "cert:subject:CN=spiffe://x")
    #expect(principal() == nil)
    #expect(principal(["spiffe://a/b", "spiffe://a/c"], ["b"]) == nil)
    #expect(principal([], ["b\nc"]) == nil)
    #expect(PrincipalText.user(1000).principal == "uid:1000")
  }

  @Test(
    arguments: [
      "ci", "ci sha256:00", "ci 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
      "ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431eg",
      "c/i sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
      "ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed groups=",
      "ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed groups=a,",
      "ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed expires=never",
      "ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed secret",
      """
      ci sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
      b sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
      """,
    ])
  func `A broken file of tokens is refused with the line, and nothing of the token`(
    _ text: String
  ) {
    #expect {
      try TokenFile.read(Array(("# a\n\n" + text).utf8))
    } throws: { error in
      let fault = error as? AccessFileFault
      return [3, 4].contains(fault?.line) && !"\(error)".contains("7692c3")
    }
  }

  @Test(
    arguments: [
      ("", 1), ("issuers: []", 1), ("issuers: 1", 1), ("others: []", 1), ("a: [", 2),
      ("issuers:\n  - issuer: x\n", 2),
      ("issuers:\n  - {issuer: x, audiences: [], jwks_file: a}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a]}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a], jwks_file: a, jwks_url: 'https://b'}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a], jwks_url: 'http://b'}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a], jwks_url: 'file:///etc/passwd'}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a], jwks_url: 'https://u:p@b/'}", 2),
      ("issuers:\n  - {issuer: 'x#y', audiences: [a], jwks_file: a}", 2),
      ("issuers:\n  - {issuer: x, audiences: [a], jwks_file: a, ca_file: b}", 2),
      ("issuers:\n  - {issuer: x, audience: [a], jwks_file: a}", 2),
      ("issuers:\n  - {issuer: x, issuer: y, audiences: [a], jwks_file: a}", 2),
      ("issuers:\n  - &a {issuer: x, audiences: [a], jwks_file: a}\n  - *a", 3),
      (
        "issuers:\n  - issuer: x\n    audiences: [a]\n    jwks_file: a\n    required_claims:\n"
          + "      - {claim: a, values: []}", 6
      ),
    ])
  func `A broken configuration is refused with its place`(_ text: String, _ line: Int) {
    #expect {
      try AuthConfig.read(Array(text.utf8))
    } throws: { error in
      (error as? AccessFileFault)?.line == line
    }
  }

  @Test
  func `Key sets without a key for signatures are refused`() throws {
    let ed = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
    for text in [
      "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[1]}"#,
      #"{"keys":[{"kty":"oct","k":"AAAA"}]}"#,
      #"{"keys":[\#(ed),"use":"enc"}]}"#, #"{"keys":[\#(ed),"key_ops":["sign"]}]}"#,
      #"{"keys":[\#(ed),"alg":"HS256"}]}"#, #"{"keys":[\#(ed),"kid":"a"},\#(ed),"kid":"a"}]}"#,
      #"{"keys":[\#(ed)},\#(ed)}]}"#, #"{"keys":[\#(ed),"x":"AA"}]}"#,
    ] {
      #expect(throws: KeySet.Fault.self, "\(text)") { try KeySet(jwks: Array(text.utf8)) }
    }
    #expect(throws: KeySet.Fault.self) { try KeySet(jwks: TokenCases.shared.weakKeys) }
    #expect(
      try KeySet(jwks: Array(#"{"keys":[{"kty":"x"},\#(ed),"kid":"a"}]}"#.utf8)).entries.count == 1)
  }

  @Test
  func `A table of recent values stays bounded and keeps what is used`() {
    var values = RecentValues<Int, Int>(limit: 100)
    values[0] = 0
    for number in 1..<1000 {
      values[number] = number
      #expect(values[0] == 0)
      #expect(values.count <= 100)
    }
    #expect(values[1] == nil)
    #expect(values[999] == 999)
  }
}
