import Wire

/// A browser's question whether a page may send a request (Fetch, "CORS-preflight request"):
/// OPTIONS with the method and the names of the fields that it would have.
struct Preflight {
  private let fields: HeaderFields

  /// Nil for another request.
  init?(_ fields: HeaderFields) {
    guard fields.values(":method") == ["OPTIONS"],
      fields.value("access-control-request-method") != nil
    else { return nil }
    self.fields = fields
  }

  /// Names of the fields that gRPC-Web, Connect and JSON requests have.
  private static let known = [
    "content-type", "authorization", "x-grpc-web", "x-user-agent", "grpc-timeout",
    "grpc-encoding", "grpc-accept-encoding", "connect-protocol-version", "connect-timeout-ms",
    "connect-content-encoding", "connect-accept-encoding",
  ]

  /// The answer: any method, and any field, for a page that may call at all. The request itself
  /// goes through all checks again.
  func response(_ answer: CrossOriginAnswer) -> HTTPResponse {
    var headers: HeaderFields = [:]
    answer.append(to: &headers)
    headers.append("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
    headers.append(
      "access-control-allow-headers", (Self.known + requestedNames()).joined(separator: ", "))
    // Browsers keep it no longer: Chromium two hours, Firefox a day.
    headers.append("access-control-max-age", "7200")
    // A page of the public network, to a server of a private one: only if somebody named the page.
    if case .to = answer, fields.values("access-control-request-private-network") == ["true"] {
      headers.append("access-control-allow-private-network", "true")
    }
    return HTTPResponse(status: 204, headers: headers)
  }

  /// The most bytes of names that are given back; no page has as many.
  private static let maxRequestedBytes = 4 << 10

  /// What the page asks for beyond the names that are known, metadata for instance: as far as it is
  /// a list of names.
  private func requestedNames() -> [String] {
    let lists = fields.values("access-control-request-headers")
    guard lists.reduce(0, { $0 + $1.utf8.count }) <= Self.maxRequestedBytes else { return [] }
    var names: [String] = []
    var seen = Set(Self.known)
    for list in lists {
      for part in list.utf8.split(separator: UInt8(ascii: ",")) {
        let bytes = Array(part)[...].trimmingSpaces
        let name = String(decoding: bytes, as: UTF8.self).lowercased()
        if Self.isName(bytes), seen.insert(name).inserted { names.append(name) }
      }
    }
    return names
  }

  /// A field's name (RFC 9110 section 5.6.2), but the asterisk, which would stand for all names.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty && !bytes.elementsEqual("*".utf8)
      && bytes.allSatisfy { byte in
        Authority.isLetter(byte) || Authority.isDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}
