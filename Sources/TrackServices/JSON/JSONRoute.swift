import Protobuf
import RPC

/// One route: turns requests of one form into calls of one method.
struct JSONRoute: Sendable {
  enum Verb: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"

    /// Whether the request's fields come from the body rather than from the parameters.
    var takesBody: Bool { self == .post || self == .put }
  }

  let verb: Verb
  let pattern: PathPattern
  /// Makes the call; returns the response message as JSON.
  let respond: @Sendable (JSONRequest) async throws -> [UInt8]

  /// A field of the request message that stands in the path.
  typealias PathField<Request> = any WritableKeyPath<Request, String> & Sendable
  /// The update mask of the request message.
  typealias MaskField<Request> = any WritableKeyPath<Request, FieldMask?> & Sendable

  /// - Parameters:
  ///   - pattern: see `PathPattern`; its placeholders name the `fields`, in order.
  ///   - mask: gets the names of the body's members.
  init<Request: Message, Response: Message>(
    _ verb: Verb, _ pattern: String, _ method: MethodDescriptor, _ request: Request.Type,
    _ response: Response.Type, _ fields: [PathField<Request>], mask: MaskField<Request>? = nil
  ) {
    self.verb = verb
    let pattern = PathPattern(pattern)
    self.pattern = pattern
    respond = { json in
      var message: Request = try verb.takesBody ? json.body() : json.parameters()
      for (index, field) in fields.enumerated() {
        try Self.bind(
          &message[keyPath: field], json.pathValues[index], name: pattern.placeholders[index])
      }
      if let mask {
        message[keyPath: mask] = try json.mask(without: pattern.placeholders)
      }
      let reply = try await json.http.call(method, message, returning: response)
      return try reply.jsonUTF8(options: Self.encoding)
    }
  }

  /// A route with code of its own.
  init(
    _ verb: Verb, _ pattern: String,
    respond: @escaping @Sendable (JSONRequest) async throws -> [UInt8]
  ) {
    self.verb = verb
    self.pattern = PathPattern(pattern)
    self.respond = respond
  }

  /// All fields are written, so that clients need not know the defaults.
  static let encoding: JSONEncodingOptions = {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    return options
  }()

  static func bind(
    _ field: inout String, _ value: String, name: String
  ) throws(JSONError) {
    guard field.isEmpty || field == value else { throw .contradiction(name) }
    field = value
  }
}
