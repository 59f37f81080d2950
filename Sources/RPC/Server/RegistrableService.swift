/// A service that can be put into a server. Generated code gives every service protocol its
/// `register`.
public protocol RegistrableService: Sendable {
  /// Registers the service's methods; called once, before the server serves.
  func register(in router: inout Router)
  /// The server begins to drain: health checks should say so. Called once on any thread before
  /// connections are told to go away; must not wait.
  func serverWillDrain()
  /// In which encoding its methods answer; nil for the server's choice.
  var responseCompression: ResponseCompression? { get }
}

extension RegistrableService {
  public func serverWillDrain() {}
  public var responseCompression: ResponseCompression? { nil }
}
