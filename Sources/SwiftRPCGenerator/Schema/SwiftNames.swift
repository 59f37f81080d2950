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
  private static let takenTypes: Set<String> = [
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
    "self", "unknownFields", "hashValue", "description",
  ]

  /// `component_id` -> `componentId`; the first letter is small.
  static func lowerCamel(_ name: String) -> String {
    var result = ""
    var upper = false
    for character in name {
      if character == "_" {
        upper = !result.isEmpty
      } else if upper {
        result += character.uppercased()
        upper = false
      } else {
        result += result.isEmpty ? character.lowercased() : String(character)
      }
    }
    // A name of underscores only would be `_`, which is none in Swift.
    if result.isEmpty { return "underscore" }
    return result.first?.isNumber == true ? "_" + result : result
  }

  /// `update_mask` -> `UpdateMask`.
  static func upperCamel(_ name: String) -> String {
    let lower = lowerCamel(name)
    return lower.prefix(1).uppercased() + lower.dropFirst()
  }

  static func property(_ name: String) -> String {
    let camel = lowerCamel(name)
    return takenMembers.contains(camel) && camel != "description" ? camel + "_" : camel
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
    let whole = values.map { caseName($0) }
    if Set(whole).count == whole.count { return whole }
    return values.map { $0 + "_" }
  }

  private static func caseName(_ name: String) -> String {
    let hasSmallLetters = name.contains { $0.isLowercase }
    let camel = lowerCamel(hasSmallLetters ? name : name.lowercased())
    return ["self", "unrecognized", "rawValue", "allCases"].contains(camel) ? camel + "_" : camel
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
