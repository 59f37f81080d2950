/// What a write is about, named before it begins: the store locks and reads that first, and knows
/// after the commit which reads may find something else.
///
/// A write that reads or changes more than it named is a mistake of ours: it fails with
/// `StoreError.Kind.failed`. An operation belongs to its component, also where a statement names it
/// by its id alone.
public struct WriteScope: Sendable, Hashable {
  private enum Extent: Sendable {
    case named, namedAndCatalog, everything
  }

  /// The components that are named, each once, in the order in which every write locks them.
  public let componentIds: [String]
  private let extent: Extent

  private init(_ componentIds: some Sequence<String>, _ extent: Extent) {
    self.componentIds = Set(componentIds).sorted()
    self.extent = extent
  }

  /// No component, and no other resource of the catalog: what belongs to the store itself.
  public static let nothing = WriteScope([], .named)

  /// Resources of the catalog other than components.
  public static let catalog = WriteScope([], .namedAndCatalog)

  /// Whatever there is. For the few writes that cannot know before: they lock nothing at their
  /// beginning, and afterwards everything may be different.
  public static let everything = WriteScope([], .everything)

  /// One component with all that belongs to it.
  public static func component(_ id: String) -> WriteScope {
    WriteScope(CollectionOfOne(id), .named)
  }

  /// Some components with all that belongs to them.
  public static func components(_ ids: some Sequence<String>) -> WriteScope {
    WriteScope(ids, .named)
  }

  /// The same, and other resources of the catalog too.
  public var andCatalog: WriteScope {
    WriteScope(componentIds, extent == .everything ? .everything : .namedAndCatalog)
  }

  /// Whether components are not named.
  public var isEverything: Bool { extent == .everything }

  /// Whether the write may be about resources of the catalog other than components.
  public var includesCatalog: Bool { extent != .named }

  public func names(componentId: String) -> Bool { componentIds.contains(componentId) }

  /// Throws when the write is not about that component. Stores call it for what a write reads of
  /// components, and for what it writes of them.
  public func check(componentId: String) throws(StoreError) {
    if extent == .everything || names(componentId: componentId) { return }
    throw StoreError(.failed, "a write that did not name component \(componentId) is about it")
  }

  /// Throws when the write is not about resources of the catalog other than components.
  public func checkCatalog() throws(StoreError) {
    guard extent != .named else {
      throw StoreError(.failed, "a write did not say that it is about the catalog")
    }
  }
}
