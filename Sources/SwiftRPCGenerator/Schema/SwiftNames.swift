/// Swift's spelling of the contract's names.
enum SwiftNames {
  /// Words that need backticks as the name of a member.
  private static let keywords: Set<String> = [
    "Any", "Protocol", "Self", "Type", "actor", "as", "associatedtype", "await", "borrowing",
    "break",
    "case", "catch", "class", "consuming", "continue", "default", "defer", "deinit", "do", "else",
    "enum",
    "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import",
    "in",
    "init", "inout", "internal", "is", "let", "nil", "open", "operator", "precedencegroup",
    "private",
    "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript",
    "super",
    "switch", "throw", "throws", "true", "try", "typealias", "unsafe", "var", "where", "while",
  ]
  /// Types that generated or ordinary code uses; a message of such a name gets an underscore.
  static let takenTypes: Set<String> = [
    "Actor", "Any", "AnyObject", "Array", "Bool", "Character", "Clock", "Codable", "Dictionary",
    "Double",
    "Duration", "Encoder", "Decoder", "Equatable", "Error", "Float", "Hashable", "Int", "Int8",
    "Int16",
    "Int32", "Int64", "Message", "Never", "Optional", "Protobuf", "Protocol", "RPC", "Result",
    "Self",
    "Sendable", "Set", "String", "Substring", "Swift", "Task", "Type", "UInt", "UInt8", "UInt16",
    "UInt32",
    "UInt64", "Void",
  ]
  /// Members that every message has.
  private static let takenMembers: Set<String> = [
    "self", "unknownFields", "hashValue",
  ]

  /// Members of the generated types of a service.
  private static let takenMethods: Set<String> = [
    "client", "init", "register", "self", "serverWillDrain", "service",
  ]
  /// Members of every enum. `none` and `some` would be taken for those of `Optional`.
  private static let takenCases: Set<String> = [
    "allCases", "fullName", "none", "rawValue", "self", "some", "unrecognized",
  ]

  /// `component_id` -> `componentId`, `TTL` -> `ttl`, `HTTPRule` -> `httpRule`.
  static func lowerCamel(_ name: String) -> String {
    let words = words(name.contains { $0.isLowercase } ? name : name.lowercased())
    // A name of underscores only would be `_`, which is none in Swift.
    guard let first = words.first else { return "underscore" }
    let camel = lowerFirst(first) + words.dropFirst().map(upperFirst).joined()
    return camel.first?.isNumber == true ? "_" + camel : camel
  }

  /// `update_mask` -> `UpdateMask`.
  static func upperCamel(_ name: String) -> String {
    let camel = words(name).map(upperFirst).joined()
    if camel.isEmpty { return "Underscore" }
    return camel.first?.isNumber == true ? "_" + camel : camel
  }

  /// protoc's JSON name of a field without `json_name`.
  static func json(_ name: String) -> String {
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    return String(parts[0]) + parts.dropFirst().map(upperFirst).joined()
  }

  private static func words(_ name: String) -> [Substring] { name.split(separator: "_") }

  private static func upperFirst(_ word: Substring) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }

  /// Makes the capitals at the front small, but for the one that begins the next word. An `s` behind
  /// them is their plural: `IDs` -> `ids`.
  private static func lowerFirst(_ word: Substring) -> String {
    let capitals = word.prefix { $0.isUppercase }
    let rest = word.dropFirst(capitals.count)
    let isPlural = rest.first == "s" && rest.dropFirst().first?.isLowercase != true
    let beginsWord = capitals.count > 1 && rest.first?.isLowercase == true && !isPlural
    let small = capitals.count - (beginsWord ? 1 : 0)
    return word.prefix(small).lowercased() + word.dropFirst(small)
  }

  static func property(_ name: String) -> String {
    let camel = lowerCamel(name)
    return takenMembers.contains(camel) ? camel + "_" : camel
  }

  static func method(_ name: String) -> String {
    let camel = lowerCamel(name)
    return takenMethods.contains(camel) ? camel + "_" : camel
  }

  static func caseName(_ name: String) -> String {
    let camel = lowerCamel(name)
    return takenCases.contains(camel) ? camel + "_" : camel
  }

  static func type(_ name: String) -> String {
    if name == "_" { return "Underscore" }
    let capital = name.prefix(1).uppercased() + name.dropFirst()
    return takenTypes.contains(capital) ? capital + "_" : capital
  }

  /// The name in a declaration, or behind a dot.
  static func escaped(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

  /// The cases of an enum's values, without the prefix that repeats the enum's name.
  static func cases(of values: [String], in enumeration: String) -> [String] {
    let stripped = values.map { caseName(stripping(enumeration, from: $0)) }
    if Set(stripped).count == stripped.count { return stripped }
    let whole = values.map(caseName)
    if Set(whole).count == whole.count { return whole }
    return values.map { $0 + "_" }
  }

  /// `VERSION_STRATEGY_MAJOR` in `VersionStrategy` -> `MAJOR`.
  private static func stripping(_ enumeration: String, from value: String) -> String {
    var rest = Substring(value)
    for letter in enumeration where letter != "_" {
      rest = rest.drop { $0 == "_" }
      guard rest.first?.lowercased() == letter.lowercased() else { return value }
      rest = rest.dropFirst()
    }
    guard rest.first == "_" else { return value }
    rest = rest.drop { $0 == "_" }
    return rest.isEmpty || rest.first?.isNumber == true ? value : String(rest)
  }
}
