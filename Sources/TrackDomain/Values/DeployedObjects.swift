/// The names of a deployment's objects in its environment.
public struct DeployedObjects: Sendable, Hashable {
  public struct Object: Sendable, Hashable {
    /// Such as `Service`.
    public var kind: String
    public var name: String

    public init(kind: String, name: String) {
      self.kind = kind
      self.name = name
    }
  }

  /// The address of an endpoint.
  public struct Address: Sendable, Hashable {
    /// The endpoint's name.
    public var endpoint: String
    /// The service's name.
    public var service: String
    public var port: Int32

    public init(endpoint: String, service: String, port: Int32) {
      self.endpoint = endpoint
      self.service = service
      self.port = port
    }
  }

  public var objects: [Object]
  /// By endpoint; empty when no endpoint has an address.
  public var addresses: [Address]

  public init(objects: [Object], addresses: [Address]) {
    self.objects = objects
    self.addresses = addresses
  }
}
