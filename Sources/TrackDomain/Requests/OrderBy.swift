/// Reads `order_by` of a list of tracks.
public enum OrderBy {
  /// One of `api_version`, `created_at` and `updated_at`, then ` asc` or ` desc`; without one of
  /// these, and when the text is empty, newest first.
  public static func parse(_ text: String) throws(InvalidValue) -> TrackOrder {
    guard text.utf8.count <= 64 else { throw invalid }
    let words = text.split(separator: " ")
    guard let first = words.first else {
      if text.isEmpty { return .newestVersionFirst }
      throw invalid
    }
    let field: TrackOrder.Field
    switch first {
    case "api_version", "apiVersion": field = .version
    case "created_at": field = .createdAt
    case "updated_at": field = .updatedAt
    default: throw invalid
    }
    switch words.dropFirst() {
    case [], ["desc"]: return TrackOrder(field: field, isDescending: true)
    case ["asc"]: return TrackOrder(field: field, isDescending: false)
    default: throw invalid
    }
  }

  private static var invalid: InvalidValue {
    InvalidValue(
      .invalidOrderBy,
      "must be api_version, created_at or updated_at, then 'asc' or 'desc' or nothing")
  }
}
