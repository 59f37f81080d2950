/// A protobuf enum: open, so that numbers without a name here survive.
public protocol Enumeration: Sendable, Hashable, CaseIterable {
  /// The name in the contract: `google.protobuf.NullValue`.
  static var fullName: String { get }
  /// The default: the value declared first, 0 in proto3.
  init()
  init(rawValue: Int32)
  var rawValue: Int32 { get }
  /// The value of that name in the contract; nil for an unknown name.
  init?(name: String)
  /// The value's name in the contract; nil for a number without one.
  var name: String? { get }
}
