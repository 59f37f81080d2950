/// What the types of catalog resources have in common.
public protocol CatalogValue: Sendable, Equatable {
  static var kind: CatalogKind { get }
  /// Unique among the resources of the type.
  var id: String { get }
  /// The id of the resource it belongs to (`kind.parent`); never changes.
  var parentId: String? { get }
  /// The value as one of any type.
  var resource: CatalogResource { get }
  /// Nil when `resource` is of another type.
  init?(_ resource: CatalogResource)
  /// The value as it is kept, where that depends on the one that it replaces; nil for none.
  func settled(from former: Self?) -> Self
}

extension CatalogValue {
  public func settled(from former: Self?) -> Self { self }
}
