/// Where the images of a component come from. The raw values are kept in stores.
public enum ImageSource: UInt8, Sendable, Hashable, CaseIterable {
  /// Built from source by CI.
  case build = 1
  /// Brought by the user in a registry.
  case registry = 2
}
