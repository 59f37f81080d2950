import Protobuf

/// A value in a service config's JSON, with its place for errors.
struct ConfigValue {
  let path: String
  let kind: Value.Kind?

  func failure(_ reason: String) -> ServiceConfigError {
    ServiceConfigError(path: path, reason: reason)
  }

  /// The members of an object.
  ///
  /// - Parameter names: those that it may have; nil for any.
  func members(_ names: [String]?) throws(ServiceConfigError) -> [String: ConfigValue] {
    guard case .structValue(let object) = kind else { throw failure("an object expected") }
    var members: [String: ConfigValue] = [:]
    for (name, value) in object.fields {
      let member = ConfigValue(path: path.isEmpty ? name : "\(path).\(name)", kind: value.kind)
      guard names?.contains(name) ?? true else { throw member.failure(Self.unknown(name)) }
      // As in proto3's JSON: null is a member that is not there.
      if case .nullValue = value.kind { continue }
      members[name] = member
    }
    return members
  }

  private static func unknown(_ name: String) -> String {
    name == "hedgingPolicy" ? "this client does not hedge calls" : "no such member"
  }

  func required(
    _ name: String, in members: [String: ConfigValue]
  ) throws(ServiceConfigError) -> ConfigValue {
    guard let value = members[name] else { throw failure("\(name) is missing") }
    return value
  }

  func elements() throws(ServiceConfigError) -> [ConfigValue] {
    guard case .listValue(let list) = kind else { throw failure("an array expected") }
    return list.values.enumerated().map { ConfigValue(path: "\(path)[\($0)]", kind: $1.kind) }
  }

  func text() throws(ServiceConfigError) -> String {
    guard case .stringValue(let text) = kind else { throw failure("a string expected") }
    return text
  }

  func bool() throws(ServiceConfigError) -> Bool {
    guard case .boolValue(let value) = kind else { throw failure("true or false expected") }
    return value
  }

  /// A number, or one in a string, as proto3's JSON has it.
  func number() throws(ServiceConfigError) -> Double {
    switch kind {
    case .numberValue(let number) where number.isFinite: return number
    case .stringValue(let text):
      if let number = Double(text), number.isFinite { return number }
    default: break
    }
    throw failure("a number expected")
  }

  /// From 0 to the largest number of 32 bits.
  func wholeNumber() throws(ServiceConfigError) -> Int {
    guard let number = UInt32(exactly: try number()) else {
      throw failure("a whole number from 0 to \(UInt32.max) expected")
    }
    return Int(number)
  }

  /// Seconds with up to nine decimals: `1.5s`.
  func duration() throws(ServiceConfigError) -> Duration {
    guard case .stringValue(let text) = kind,
      let parsed = try? Duration_(jsonString: "\"\(text)\""), parsed.seconds >= 0, parsed.nanos >= 0
    else { throw failure("a duration such as \"1.5s\" expected") }
    return .seconds(parsed.seconds) + .nanoseconds(Int64(parsed.nanos))
  }

  func positiveDuration() throws(ServiceConfigError) -> Duration {
    let duration = try duration()
    guard duration > .zero else { throw failure("not above 0s") }
    return duration
  }

  /// A name such as `UNAVAILABLE`, or a number; not OK.
  func statusCode() throws(ServiceConfigError) -> StatusCode {
    var code: StatusCode?
    switch kind {
    case .stringValue(let name):
      code = StatusCode.allCases.first { $0.description == name.uppercased() }
    case .numberValue(let number): code = UInt8(exactly: number).flatMap(StatusCode.init(rawValue:))
    default: break
    }
    guard let code, code != .ok else { throw failure("a status code expected, and not OK") }
    return code
  }
}
