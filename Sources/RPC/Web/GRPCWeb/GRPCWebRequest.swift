import Wire

/// The header block of a gRPC-Web request.
struct GRPCWebRequest {
  /// `+proto`, `+json` or nothing, which is binary.
  let suffix: String
  /// The request's body is base64.
  let isText: Bool
  /// The response's is to be.
  let wantsText: Bool

  var isJSON: Bool { suffix == "+json" }

  /// The response's.
  var contentType: String {
    "application/grpc-web" + (wantsText ? "-text" : "") + suffix
  }

  /// Nil when the content type is not gRPC-Web's, or of a codec that nobody has here.
  init?(contentType: String, accept: String?) {
    let prefix = "application/grpc-web"
    guard contentType.hasPrefix(prefix) else { return nil }
    var rest = contentType.dropFirst(prefix.count)
    isText = rest.hasPrefix("-text")
    if isText {
      rest = rest.dropFirst("-text".count)
      if rest.hasPrefix("-base64") { rest = rest.dropFirst("-base64".count) }
    }
    guard rest.isEmpty || rest == "+proto" || rest == "+json" else { return nil }
    suffix = String(rest)
    let accepted = (accept ?? "").lowercased()
    if accepted.contains(prefix + "-text") {
      wantsText = true
    } else {
      wantsText = isText && !accepted.contains(prefix)
    }
  }
}
