import RPC
import Telemetry
import Wire

/// Where a call's trace is kept.
enum TraceContextKey: CallStorageKey { typealias Value = TraceContext }

extension TraceContext {
  /// The trace that a request belongs to, by `traceparent` or `grpc-trace-bin`; nil for none, and
  /// for what cannot be read.
  ///
  /// Source: W3C Trace Context; gRFC A72.
  init?(of request: RequestHeaders) {
    let found = Self.find(in: request.fields)
    if let text = found.text {
      self.init(traceparent: request.fields.bytes[text])
      return
    }
    guard let range = found.binary,
      let bytes = Base64.metadata.decode(request.fields.bytes[range].span)
    else { return nil }
    self.init(binary: bytes)
  }

  /// The first field of each kind. One look at all fields, for every call: the length tells nearly
  /// all names apart.
  private static func find(in fields: HeaderFields) -> (text: Range<Int>?, binary: Range<Int>?) {
    var (text, binary): (Range<Int>?, Range<Int>?)
    let bytes = fields.bytes.span
    for field in fields {
      switch field.name.count {
      case 11 where bytes.extracting(field.name).equals("traceparent"): text = text ?? field.value
      case 14 where bytes.extracting(field.name).equals("grpc-trace-bin"):
        binary = binary ?? field.value
      default: continue
      }
    }
    return (text, binary)
  }
}
