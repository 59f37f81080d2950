/// What a remembered request is found by.
public struct RequestKey: Sendable, Hashable {
  /// The name of the actor; empty when nobody said.
  public var caller: String
  public var method: RequestMethod
  public var id: UniqueID

  public init(caller: String, method: RequestMethod, id: UniqueID) {
    self.caller = caller
    self.method = method
    self.id = id
  }
}
