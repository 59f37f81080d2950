/// The ids that make retries safe: UUIDs other than the zero one.
public enum RequestID {
  /// Nil for an empty text.
  public static func parse(_ text: String) throws(InvalidValue) -> UniqueID? {
    if text.isEmpty { return nil }
    guard let id = UniqueID(text), !id.isZero else {
      throw InvalidValue(.invalidRequestId, "must be a UUID other than the zero one")
    }
    return id
  }
}
