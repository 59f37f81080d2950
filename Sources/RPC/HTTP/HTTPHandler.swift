/// Answers requests that are not gRPC. Without one, they get 415.
public protocol HTTPHandler: Sendable {
  /// Called in a task on the stream's executor when the request is complete. Cancelled when the
  /// client goes away.
  func respond(to request: HTTPRequest) async -> HTTPResponse
}

/// A complete HTTP request.
public struct HTTPRequest: Sendable {
  public let method: String
  /// Path and query, as sent.
  public let path: String
  /// All fields, pseudo-header fields included.
  public let headers: HeaderFields
  public let body: [UInt8]
  public let peer: String
}

/// A complete HTTP response.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: HeaderFields
  public var body: [UInt8]

  public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
