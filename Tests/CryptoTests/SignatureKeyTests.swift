import Crypto
import Testing
import Wire

@Suite(.timeLimit(.minutes(2)))
struct SignatureKeyTests {
  private func bytes(_ text: String) throws -> [UInt8] {
    let bytes = Base64.url.decode(Array(text.utf8).span)
    return try #require(bytes)
  }

  /// The payload of RFC 7515, appendix A.
  private let payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

  private let modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
    + "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
    + "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
    + "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"

  /// RFC 7515, appendix A.2.
  @Test
  func `RS256 takes its own signature and no other`() throws {
    let key = try SignatureKey.rsa(modulus: bytes(modulus), exponent: [1, 0, 1])
    let signature = try bytes(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
        + "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB"
        + "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6I"
        + "eYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")
    try check(key, signature, "eyJhbGciOiJSUzI1NiJ9.\(payload)")
  }

  /// RFC 7515, appendix A.3.
  @Test
  func `ES256 takes its own signature and no other`() throws {
    let key = try SignatureKey.p256(
      x: bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
      y: bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
    let signature = try bytes(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
    try check(key, signature, "eyJhbGciOiJFUzI1NiJ9.\(payload)")
    #expect(!key.isValid([UInt8](repeating: 0, count: 64), for: []))
  }

  /// RFC 8037, appendix A.4.
  @Test
  func `EdDSA takes its own signature and no other`() throws {
    let key = try SignatureKey.ed25519(bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
    let signature = try bytes(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    try check(key, signature, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")
  }

  private func check(_ key: SignatureKey, _ signature: [UInt8], _ text: String) throws {
    let signed = Array(text.utf8)
    #expect(key.isValid(signature, for: signed))
    #expect(!key.isValid(signature, for: signed.dropLast()))
    #expect(!key.isValid(signature.dropLast(), for: signed))
    #expect(!key.isValid(signature + [0], for: signed))
    #expect(!key.isValid([], for: signed))
    for index in [0, signature.count / 2, signature.count - 1] {
      var changed = signature
      changed[index] ^= 1
      #expect(!key.isValid(changed, for: signed))
    }
  }

  @Test
  func `Keys that are too small, too large or none are refused`() throws {
    let modulus = try bytes(modulus)
    for (modulus, exponent): ([UInt8], [UInt8]) in [
      (Array(modulus.prefix(128)), [1, 0, 1]), ([UInt8](repeating: 0xFF, count: 1025), [1, 0, 1]),
      (Array(modulus.dropLast()) + [2], [1, 0, 1]), (modulus, [1]), (modulus, [4]), (modulus, []),
      (modulus, [1, 0, 0, 0, 1]), ([], [1, 0, 1]),
    ] {
      #expect(throws: CryptoError.self) {
        try SignatureKey.rsa(modulus: modulus, exponent: exponent)
      }
    }
    let zero = [UInt8](repeating: 0, count: 32)
    // Not on the curve.
    #expect(throws: CryptoError.self) { try SignatureKey.p256(x: zero, y: zero) }
    #expect(throws: CryptoError.self) { try SignatureKey.p256(x: zero + [0], y: zero) }
    #expect(throws: CryptoError.self) { try SignatureKey.ed25519([1, 2, 3]) }
  }
}
