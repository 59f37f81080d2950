/// Names one method of a service.
public struct MethodDescriptor: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case unary
    case clientStreaming
    case serverStreaming
    case bidirectionalStreaming
  }

  /// The service's full name: `pkg.Service`.
  public let service: String
  public let method: String
  public let kind: Kind
  /// `/pkg.Service/Method`.
  public let path: String

  public init(service: String, method: String, kind: Kind) {
    self.service = service
    self.method = method
    self.kind = kind
    path = "/\(service)/\(method)"
  }
}

extension MethodDescriptor: CustomStringConvertible {
  public var description: String { path }
}
