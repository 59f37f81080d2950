import Protobuf
import Wire

/// Errors and ends of streams as Connect's JSON has them (connectrpc.com/docs/protocol, "Error and
/// EndStreamResponse").
enum ConnectError {
  /// The body of a response that is an error.
  static func body(_ error: RPCError) -> [UInt8] {
    var writer = JSONWriter()
    write(error, to: &writer)
    return writer.bytes
  }

  /// The last envelope of a stream.
  ///
  /// - Parameter error: nil when the call succeeded.
  static func endOfStream(_ error: RPCError?, _ trailers: Metadata) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let error {
      writer.key("error")
      write(error, to: &writer)
    }
    if !trailers.isEmpty {
      writer.key("metadata")
      writer.beginObject()
      for name in trailers.names {
        writer.key(name)
        writer.beginArray()
        for value in trailers.values(name) { writer.value(value) }
        writer.endArray()
      }
      writer.endObject()
    }
    writer.endObject()
    var envelope = MessageFrame.frame(writer.bytes)
    envelope[0] = 2
    return envelope
  }

  private static func write(_ error: RPCError, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("code")
    writer.value(error.code.connectName)
    if !error.message.isEmpty {
      writer.key("message")
      writer.value(error.message)
    }
    if !error.details.isEmpty {
      writer.key("details")
      writer.beginArray()
      for detail in error.details { write(detail, to: &writer) }
      writer.endArray()
    }
    writer.endObject()
  }

  private static func write(_ detail: ErrorDetail, to writer: inout JSONWriter) {
    let slash = detail.typeURL.lastIndex(of: "/")
    let type = slash.map { String(detail.typeURL[detail.typeURL.index(after: $0)...]) }
    writer.beginObject()
    writer.key("type")
    writer.value(type ?? detail.typeURL)
    writer.key("value")
    writer.value(String(decoding: Base64.metadata.encode(detail.value), as: UTF8.self))
    if let known = Self.details.first(where: { $0.fullName == type }) {
      writeDebug(known, detail.value, to: &writer)
    }
    writer.endObject()
  }

  /// For people who read the answer; clients do not depend on it.
  private static func writeDebug<M: Message>(
    _ type: M.Type, _ value: [UInt8], to writer: inout JSONWriter
  ) {
    // Left out where it does not work out: the value says it all.
    guard let message = try? M(serialized: value) else { return }
    var attempt = writer
    attempt.key("debug")
    do {
      try attempt.message(message)
      writer = attempt
    } catch {}
  }

  /// The details that services of Google's conventions send.
  private static let details: [any Message.Type] = [
    BadRequest.self, DebugInfo.self, ErrorInfo.self, Help.self, LocalizedMessage.self,
    PreconditionFailure.self, QuotaFailure.self, RequestInfo.self, ResourceInfo.self,
    RetryInfo.self,
  ]
}

extension StatusCode {
  /// As Connect writes it.
  var connectName: String {
    switch self {
    case .cancelled: "canceled"
    default: description.lowercased()
    }
  }
}
