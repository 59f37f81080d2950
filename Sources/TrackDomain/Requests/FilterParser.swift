/// Reads `filter` of a list of tracks: comparisons joined by AND.
public struct FilterParser {
  public static var maximumLength: Int { 2048 }
  public static var maximumComparisons: Int { 20 }

  private var tokens: ArraySlice<FilterToken>

  /// An empty or blank text is the filter that every track passes.
  public static func parse(_ text: String) throws(InvalidValue) -> TrackFilter {
    guard text.utf8.count <= maximumLength else {
      throw invalid("must have at most \(maximumLength) bytes")
    }
    var parser = FilterParser(tokens: try FilterToken.all(in: text)[...])
    return TrackFilter(try parser.comparisons())
  }

  private mutating func comparisons() throws(InvalidValue) -> [TrackFilter.Comparison] {
    var result: [TrackFilter.Comparison] = []
    if tokens.isEmpty { return result }
    while true {
      guard result.count < Self.maximumComparisons else {
        throw Self.invalid("must have at most \(Self.maximumComparisons) comparisons")
      }
      result.append(try comparison())
      guard let next = tokens.popFirst() else { return result }
      guard next == .word("AND") else {
        throw Self.invalid("comparisons are joined by AND, which \(next) is not")
      }
    }
  }

  private mutating func comparison() throws(InvalidValue) -> TrackFilter.Comparison {
    guard case .word(let field)? = tokens.popFirst() else {
      throw Self.invalid("a comparison starts with a field")
    }
    guard case .comparator(let comparator)? = tokens.popFirst() else {
      throw Self.invalid("\(FilterToken.shortened(field)) is not followed by = != < > <= or >=")
    }
    guard let value = tokens.popFirst()?.value else {
      throw Self.invalid("the comparison of \(FilterToken.shortened(field)) has no value")
    }
    return try Self.comparison(field, comparator, value)
  }

  private static func comparison(
    _ field: String, _ comparator: TrackFilter.Comparator, _ value: String
  ) throws(InvalidValue) -> TrackFilter.Comparison {
    switch field {
    case "branch":
      .branch(value, equal: try equality(field, comparator))
    case "latest":
      .latest(try boolean(field, value) == equality(field, comparator))
    case "auto_deploy_enabled":
      .autoDeployEnabled(try boolean(field, value) == equality(field, comparator))
    case "api_version", "apiVersion":
      .version(comparator, try version(value))
    case "created_at":
      .createdAt(comparator, try time(field, value))
    case "updated_at":
      .updatedAt(comparator, try time(field, value))
    default:
      throw invalid("there is no field \(FilterToken.shortened(field)) to filter by")
    }
  }

  private static func equality(
    _ field: String, _ comparator: TrackFilter.Comparator
  ) throws(InvalidValue) -> Bool {
    switch comparator {
    case .equal: true
    case .notEqual: false
    default: throw invalid("\(field) is compared with = or !=")
    }
  }

  private static func boolean(_ field: String, _ value: String) throws(InvalidValue) -> Bool {
    switch value {
    case "true": true
    case "false": false
    default: throw invalid("\(field) is compared with true or false")
    }
  }

  private static func version(_ value: String) throws(InvalidValue) -> APIVersion? {
    if value.isEmpty { return nil }
    guard let version = APIVersion(value) else {
      throw invalid("api_version is compared with v<major>.<minor> or \"\"")
    }
    return version
  }

  private static func time(_ field: String, _ value: String) throws(InvalidValue) -> Timestamp {
    guard let time = Timestamp(rfc3339: value) else {
      throw invalid("\(field) is compared with an RFC 3339 time of microseconds or coarser")
    }
    return time
  }

  static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidFilter, description)
  }
}
