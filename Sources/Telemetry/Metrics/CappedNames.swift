/// Bounds how many values a label has: the first ones keep their names, all others are `other`.
///
/// Confined to its owner, who has a lock or a thread for it.
public struct CappedNames: Sendable {
  public static let other = "other"

  private let limit: Int
  private var known: Set<String> = []

  public init(limit: Int) { self.limit = limit }

  /// The name under which `name` is told.
  public mutating func label(_ name: String) -> String {
    if known.contains(name) { return name }
    guard known.count < limit else { return Self.other }
    known.insert(name)
    return name
  }
}
