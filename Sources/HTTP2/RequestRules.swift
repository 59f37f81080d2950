import Wire

/// Checks the header blocks of a server's requests, field by field as HPACK gives them. Pure.
///
/// These take the place of nghttp2's checks, which know no exception for `:authority`: see
/// `RequestFault`. They run for every field of every request, so most octets are looked at eight at
/// a time, and the length of a name tells nearly all of them apart.
struct RequestRules {
  /// Fields that a block may have once.
  private struct Once: OptionSet {
    let rawValue: UInt8

    static let method = Once(rawValue: 1)
    static let scheme = Once(rawValue: 2)
    static let path = Once(rawValue: 4)
    static let authority = Once(rawValue: 8)
    static let host = Once(rawValue: 16)
  }

  private var seen: Once = []
  private var isBehindPseudoFields = false
  private var isConnect = false
  private var isOptions = false
  private var pathIsAsterisk = false
  private var isTrailers = false
  /// The bytes that the body is to have; -1 when nothing says so.
  private(set) var contentLength = -1

  /// A header block begins.
  mutating func begin(trailers: Bool) {
    self = RequestRules()
    isTrailers = trailers
    isBehindPseudoFields = trailers
  }

  /// Checks the next field of the block. Returns its fault; nil for none.
  mutating func check(_ name: Span<UInt8>, _ value: Span<UInt8>) -> RequestFault? {
    guard !name.isEmpty else { return .invalidName }
    if Octets.mayHaveControls(value), Octets.hasLineEnds(value) { return .invalidValue }
    if name[0] == UInt8(ascii: ":") { return checkPseudoField(name, value) }
    isBehindPseudoFields = true
    // Names that are known have no octets that a name may not have.
    switch name.count {
    case 2 where name.equals("te"):
      let isTrailers = value.equals("trailers") || value.equalsIgnoringCase("trailers")
      return isTrailers ? nil : .invalidTE
    case 4 where name.equals("host"): return isTrailers ? nil : once(.host, .repeatedHost)
    case 7 where name.equals("upgrade"): return .connectionField
    case 10 where name.equals("user-agent"): return nil
    case 10 where name.equals("connection") || name.equals("keep-alive"):
      return .connectionField
    case 12 where name.equals("content-type") || name.equals("grpc-timeout"): return nil
    case 14 where name.equals("content-length"): return checkContentLength(value)
    case 16 where name.equals("proxy-connection"): return .connectionField
    case 17 where name.equals("transfer-encoding"): return .connectionField
    default:
      if Octets.areName(name) { return nil }
      return Octets.haveUpperCase(name) ? .upperCaseName : .invalidName
    }
  }

  /// Checks the block as a whole, at its end. Returns its fault; nil for none.
  func finish(endStream: Bool) -> RequestFault? {
    if isTrailers { return endStream ? nil : .unfinishedTrailers }
    if isConnect {
      let isWhole = seen.contains(.authority) && seen.isDisjoint(with: [.scheme, .path])
      return isWhole ? nil : .invalidConnect
    }
    guard seen.isSuperset(of: [.method, .scheme, .path]) else { return .missingPseudoField }
    if pathIsAsterisk && !isOptions { return .invalidPath }
    return endStream && contentLength > 0 ? .wrongContentLength : nil
  }

  private mutating func once(_ field: Once, _ fault: RequestFault) -> RequestFault? {
    seen.insert(field).inserted ? nil : fault
  }

  private mutating func checkPseudoField(
    _ name: Span<UInt8>, _ value: Span<UInt8>
  ) -> RequestFault? {
    if isBehindPseudoFields { return .latePseudoField }
    switch name.count {
    case 5 where name.equals(":path"):
      pathIsAsterisk = value.equals("*")
      guard pathIsAsterisk || Octets.arePath(value) else { return .invalidPath }
      return once(.path, .repeatedPseudoField)
    case 7 where name.equals(":method"):
      isConnect = value.equals("CONNECT")
      isOptions = value.equals("OPTIONS")
      if value.isEmpty { return .emptyPseudoField }
      return once(.method, .repeatedPseudoField)
    case 7 where name.equals(":scheme"):
      if value.isEmpty { return .emptyPseudoField }
      return once(.scheme, .repeatedPseudoField)
    case 10 where name.equals(":authority"):
      return once(.authority, .repeatedPseudoField)
    default: return .unknownPseudoField
    }
  }

  private mutating func checkContentLength(_ value: Span<UInt8>) -> RequestFault? {
    if isTrailers { return nil }
    guard contentLength < 0, let length = Octets.decimal(value) else {
      return .invalidContentLength
    }
    contentLength = length
    return nil
  }
}
