import Protobuf
import RPC

/// A request whose route is known.
struct JSONRequest: Sendable {
  let http: HTTPRequest
  let pathValues: [String]
  private let query: [RequestTarget.Parameter]

  init(_ http: HTTPRequest, _ target: RequestTarget, pathValues: [String]) {
    self.http = http
    self.pathValues = pathValues
    query = target.parameters
  }

  private static let decoding: JSONDecodingOptions = {
    var options = JSONDecodingOptions()
    // Far more than any request of the contract has. It bounds the memory that a body takes.
    options.maxElements = 20_000
    return options
  }()

  // MARK: POST, PUT

  /// The body as a message; without a body, a message without fields.
  func body<Request: Message>() throws(JSONError) -> Request {
    let body = try body()
    return try body.isEmpty ? Request() : Self.message(body)
  }

  /// The members of the body; none without a body.
  func members() throws(JSONError) -> [JSONObjects.Member] {
    let body = try body()
    return try body.isEmpty ? [] : Self.members(body)
  }

  /// The bytes of the body, if its content type is JSON.
  private func body() throws(JSONError) -> [UInt8] {
    if let parameter = query.first {
      throw .badParameter(parameter.name, "POST and PUT have their fields in the body")
    }
    try checkContentType()
    return http.body
  }

  static func message<Value: Message>(_ object: [UInt8]) throws(JSONError) -> Value {
    do {
      return try Value(jsonUTF8: object, options: decoding)
    } catch {
      throw .badBody(error.description)
    }
  }

  static func members(_ object: [UInt8]) throws(JSONError) -> [JSONObjects.Member] {
    do {
      return try JSONObjects.members(utf8: object, options: decoding)
    } catch {
      throw .badBody(error.description)
    }
  }

  /// Whether the header block tells of a body that is taken.
  func checkContentType() throws(JSONError) {
    if let encoding = http.header("content-encoding"), encoding.lowercased() != "identity" {
      throw .unsupportedBody("bodies in content-encodings such as '\(encoding)' are not taken")
    }
    guard let type = http.header("content-type") else {
      if http.body.isEmpty { return }
      throw .unsupportedBody("the content-type is missing: application/json")
    }
    let parts = type.split(separator: ";", omittingEmptySubsequences: false).map { part in
      String(part.trimmingBlanks).lowercased()
    }
    // Not for order: a page may send text and forms without asking, and JSON only when it may.
    guard parts.first == "application/json" else {
      throw .unsupportedBody("the content-type is not application/json")
    }
    let isUTF8 = ["charset=utf-8", "charset=\"utf-8\""]
    guard parts.dropFirst().allSatisfy({ !$0.hasPrefix("charset=") || isUTF8.contains($0) })
    else { throw .unsupportedBody("JSON is UTF-8, here") }
  }

  /// Fields of requests that do not belong to the resource: they control the change.
  private static let ownFields: Set = [
    "request_id", "validate_only", "etag", "set_environment_variables",
    "remove_environment_variables",
  ]

  /// The update mask of the body: the names of its members, without those that identify the
  /// resource or control the change.
  ///
  /// - Parameter placeholders: the fields in the path.
  /// - Returns: nil when no member is left.
  func mask(without placeholders: [String]) throws(JSONError) -> FieldMask? {
    try Self.mask(of: members().map(\.name), without: placeholders)
  }

  static func mask(
    of names: [String], without placeholders: [String]
  ) throws(JSONError) -> FieldMask? {
    guard !names.contains("update_mask") else {
      throw .badBody("the members of the body are the update mask: update_mask is for gRPC")
    }
    var mask = FieldMask()
    mask.paths = names.filter { !placeholders.contains($0) && !ownFields.contains($0) }
    return mask.paths.isEmpty ? nil : mask
  }

  // MARK: GET, DELETE

  /// The parameters as a message.
  func parameters<Request: Message>() throws(JSONError) -> Request {
    guard http.body.isEmpty else {
      try checkContentType()
      throw .badBody("\(http.method) has its fields in the URL")
    }
    guard !query.isEmpty else { return Request() }
    do {
      return try message(of: query)
    } catch {
      // Tries each parameter by itself, to find the faulty one.
      for parameter in query {
        do {
          _ = try message(of: [parameter]) as Request
        } catch {
          throw .badParameter(parameter.name, error.reason)
        }
      }
      throw .badParameter(query[0].name, error.reason)
    }
  }

  private func message<Request: Message>(
    of parameters: [RequestTarget.Parameter]
  ) throws(JSONDecodingError) -> Request {
    var writer = JSONWriter()
    writer.beginObject()
    for parameter in parameters {
      writer.key(parameter.name)
      writer.value(parameter.value)
    }
    writer.endObject()
    var options = Self.decoding
    options.takesStringsForBooleans = true
    return try Request(jsonUTF8: writer.bytes, options: options)
  }
}

extension Substring {
  /// Without spaces and tabs at either end.
  fileprivate var trimmingBlanks: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
