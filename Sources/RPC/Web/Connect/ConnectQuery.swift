import Wire

/// The query of a Connect request by GET: the whole request is in it.
struct ConnectQuery: Equatable {
  var message: [UInt8]
  /// `json` or `proto`, or what nobody here has.
  var codec: String
  /// Nil for identity.
  var compression: String?

  /// - Throws: INVALID_ARGUMENT for what cannot be a request.
  init(_ query: ArraySlice<UInt8>) throws(RPCError) {
    var values: [String: ArraySlice<UInt8>] = [:]
    for part in query.split(separator: UInt8(ascii: "&")) {
      let end = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
      let name = String(decoding: part[..<end], as: UTF8.self)
      guard Self.names.contains(name), values[name] == nil else { continue }
      values[name] = part[end...].dropFirst()
    }
    if let version = values["connect"], !version.elementsEqual("v1".utf8) {
      throw RPCError(.invalidArgument, "the parameter connect is not v1")
    }
    guard let codec = values["encoding"] else {
      throw RPCError(.invalidArgument, "the parameter encoding is missing: json or proto")
    }
    guard let message = values["message"] else {
      throw RPCError(.invalidArgument, "the parameter message is missing")
    }
    self.codec = try Self.text(codec, "encoding")
    let compression = try Self.text(values["compression"] ?? [], "compression").lowercased()
    self.compression = compression.isEmpty || compression == "identity" ? nil : compression
    let text = try Self.text(message, "message")
    guard values["base64"]?.elementsEqual("1".utf8) ?? false else {
      self.message = Array(text.utf8)
      return
    }
    guard let bytes = Base64.json.decode(Array(text.utf8).span) else {
      throw RPCError(.invalidArgument, "the parameter message is not base64")
    }
    self.message = bytes
  }

  private static let names: Set = ["connect", "base64", "compression", "encoding", "message"]

  private static func text(_ value: ArraySlice<UInt8>, _ name: String) throws(RPCError) -> String {
    do throws(PercentEncoding.Fault) {
      return try PercentEncoding.decode(value.span, plusIsSpace: true)
    } catch {
      throw RPCError(.invalidArgument, "the parameter \(name) is not percent-encoded UTF-8")
    }
  }
}
