import Wire

/// The fields of a request's header block that gRPC gives a meaning to; one pass, no allocation.
struct RequestHead {
  enum TimeoutField: Equatable {
    case absent
    case after(Duration)
    case malformed
  }

  private(set) var isPost = false
  /// Where the path lies in the block's bytes.
  private(set) var path = 0..<0
  private(set) var isGRPC = false
  /// A web page has sent it.
  private(set) var hasOrigin = false
  /// Where the name of the messages' encoding lies in the block's bytes; nil for identity.
  private(set) var encoding: Range<Int>?
  private(set) var timeout = TimeoutField.absent

  init(_ fields: HeaderFields) {
    let bytes = fields.bytes.span
    for field in fields {
      let valueRange = field.value
      // The length tells nearly all names apart, so few are looked at.
      switch field.name.count {
      case 5 where bytes.extracting(field.name).equals(":path"):
        path = valueRange
      case 6 where bytes.extracting(field.name).equals("origin"): hasOrigin = true
      case 7 where bytes.extracting(field.name).equals(":method"):
        isPost = bytes.extracting(valueRange).equals("POST")
      case 12:
        let name = bytes.extracting(field.name)
        if name.equals("content-type") {
          isGRPC = Self.isGRPC(contentType: bytes.extracting(valueRange))
        } else if name.equals("grpc-timeout") {
          let duration = Timeout.parse(bytes.extracting(valueRange))
          timeout = duration.map { .after($0) } ?? .malformed
        }
      case 13 where bytes.extracting(field.name).equals("grpc-encoding"):
        encoding = bytes.extracting(valueRange).equals("identity") ? nil : valueRange
      default: break
      }
    }
  }

  /// `application/grpc`, alone or before `+` or `;`, in upper or lower case, with blanks before the
  /// `;` or none (RFC 9110 section 8.3.1).
  static func isGRPC(contentType: Span<UInt8>) -> Bool {
    let type: StaticString = "application/grpc"
    guard contentType.starts(with: type) || contentType.startsIgnoringCase(with: type) else {
      return false
    }
    var next = type.utf8CodeUnitCount
    guard contentType.count > next else { return true }
    if contentType[next] == UInt8(ascii: "+") { return true }
    while next < contentType.count, contentType[next] == 0x20 || contentType[next] == 0x09 {
      next += 1
    }
    return next == contentType.count || contentType[next] == UInt8(ascii: ";")
  }
}
