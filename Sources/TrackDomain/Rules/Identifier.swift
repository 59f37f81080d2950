/// Ids of resources: `[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, or a UUID.
public enum Identifier {
  /// `id`, if it obeys the rule.
  public static func check(_ id: String) throws(InvalidValue) -> String {
    guard isValid(id) else {
      throw InvalidValue(
        .invalidId,
        id.isEmpty
          ? "must not be empty" : "must match [a-z]([a-z0-9-]{0,61}[a-z0-9])? or be a UUID")
    }
    return id
  }

  public static func isValid(_ id: String) -> Bool {
    isName(id) || UniqueID(id) != nil
  }

  private static func isName(_ id: String) -> Bool {
    let id = id.utf8.span
    guard (1...63).contains(id.count) else { return false }
    var last: UInt8 = 0
    for index in id.indices {
      let byte = id[index]
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): break
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        if last == 0 { return false }
      default: return false
      }
      last = byte
    }
    return last != UInt8(ascii: "-")
  }
}
