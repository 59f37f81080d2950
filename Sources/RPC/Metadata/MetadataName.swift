import Wire

/// Which header names are metadata (PROTOCOL-HTTP2.md, "Custom-Metadata").
enum MetadataName {
  /// `0-9 a-z _ . -`, at least one.
  static func isValid(_ name: some Collection<UInt8>) -> Bool {
    !name.isEmpty
      && name.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Names that gRPC or HTTP/2 give a meaning to; neither shown as metadata nor sent from it.
  /// `grpc-trace-bin` has one for tracers alone, which are no part of this library (gRFC A72).
  static func isReserved(_ name: Span<UInt8>) -> Bool {
    guard name.count > 0 else { return true }
    switch name[0] {
    case UInt8(ascii: ":"): return true
    case UInt8(ascii: "g"): return name.starts(with: "grpc-") && !name.equals("grpc-trace-bin")
    case UInt8(ascii: "c"):
      return name.equals("content-type") || name.equals("connection")
        || name.equals("content-length")
    case UInt8(ascii: "t"): return name.equals("te") || name.equals("transfer-encoding")
    case UInt8(ascii: "h"): return name.equals("host")
    case UInt8(ascii: "k"): return name.equals("keep-alive")
    case UInt8(ascii: "p"): return name.equals("proxy-connection")
    case UInt8(ascii: "u"): return name.equals("upgrade")
    default: return false
    }
  }

  /// Whether values under this name are base64.
  static func isBinary(_ name: Span<UInt8>) -> Bool {
    name.count > 4 && name.extracting(last: 4).equals("-bin")
  }
}
