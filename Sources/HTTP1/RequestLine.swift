import Wire

/// The first line of a request, taken apart (RFC 9112 section 3). Pure.
struct RequestLine: Sendable, Equatable {
  var method: [UInt8] = []
  /// Path and query, or `*`.
  var path: [UInt8] = []
  /// That of the target when it is a URL: it counts, and `host` does not (section 3.2.2).
  var authority: [UInt8]?
  var isVersion10 = false

  init() {}

  init(_ line: [UInt8], limits: HTTP1Limits) throws(HTTP1Fault) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .badRequestLine }
    method = Array(parts[0])
    guard Octets.areToken(method.span) else { throw .badMethod }
    isVersion10 = try Self.isVersion10(Array(parts[2]))
    guard !method.span.equals("CONNECT") else { throw .connect }
    guard parts[1].count <= limits.maxTargetBytes else { throw .targetTooLong }
    try read(target: Array(parts[1]))
  }

  private static func isVersion10(_ version: [UInt8]) throws(HTTP1Fault) -> Bool {
    let octets = version.span
    if octets.equals("HTTP/1.1") { return false }
    if octets.equals("HTTP/1.0") { return true }
    guard octets.count == 8, octets.starts(with: "HTTP/"), octets[6] == UInt8(ascii: "."),
      (0x30...0x39).contains(octets[5]), (0x30...0x39).contains(octets[7])
    else { throw .badVersion }
    throw .unsupportedVersion
  }

  private mutating func read(target: [UInt8]) throws(HTTP1Fault) {
    let octets = target.span
    if octets.starts(with: "/") {
      guard Octets.arePath(octets) else { throw .badTarget }
      path = target
    } else if octets.equals("*") {
      guard method.span.equals("OPTIONS") else { throw .badTarget }
      path = target
    } else {
      try read(url: octets)
    }
  }

  private mutating func read(url: Span<UInt8>) throws(HTTP1Fault) {
    let scheme: Int
    if url.startsIgnoringCase(with: "http://") {
      scheme = 7
    } else if url.startsIgnoringCase(with: "https://") {
      scheme = 8
    } else {
      throw .badTarget
    }
    var end = scheme
    while end < url.count, url[end] != UInt8(ascii: "/"), url[end] != UInt8(ascii: "?") { end += 1 }
    let host = url.extracting(scheme..<end)
    let rest = url.extracting(end..<url.count)
    guard !host.isEmpty, Octets.areHost(host), Octets.arePath(rest) else { throw .badTarget }
    authority = Octets.lowercased(host)
    if rest.isEmpty {
      path = method.span.equals("OPTIONS") ? [UInt8(ascii: "*")] : [UInt8(ascii: "/")]
    } else {
      if rest[0] != UInt8(ascii: "/") { path = [UInt8(ascii: "/")] }
      for index in rest.indices { path.append(rest[index]) }
    }
  }
}
