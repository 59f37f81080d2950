/// Names one method of a service.
public struct MethodDescriptor: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case unary
    case clientStreaming
    case serverStreaming
    case bidirectionalStreaming
  }

  /// Kept once: each call hands its method around.
  private final class Names: Sendable {
    let service: String
    let method: String
    let path: String

    init(service: String, method: String) {
      self.service = service
      self.method = method
      path = "/\(service)/\(method)"
    }
  }

  private let names: Names
  public let kind: Kind

  public init(service: String, method: String, kind: Kind) {
    names = Names(service: service, method: method)
    self.kind = kind
  }

  /// The service's full name: `pkg.Service`.
  public var service: String { names.service }
  public var method: String { names.method }
  /// `/pkg.Service/Method`.
  public var path: String { names.path }

  public static func == (left: MethodDescriptor, right: MethodDescriptor) -> Bool {
    left.kind == right.kind && left.service == right.service && left.method == right.method
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(path)
  }
}

extension MethodDescriptor: CustomStringConvertible {
  public var description: String { path }
}
