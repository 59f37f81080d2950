/// How many resources a page holds.
public enum PageSize {
  /// The most resources of a page; larger sizes mean this.
  public static var maximum: Int { 1000 }
  /// The size that 0 means, except for tracks.
  public static var standard: Int { 50 }

  public static func resolve(
    _ requested: Int32, standard: Int = standard
  ) throws(InvalidValue) -> Int {
    guard requested >= 0 else {
      throw InvalidValue(.invalidPageSize, "must not be negative")
    }
    return requested == 0 ? standard : min(Int(requested), maximum)
  }
}
