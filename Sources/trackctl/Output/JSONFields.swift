import Protobuf

/// Results that are no message of the contract, as JSON: `-o json` of commands that find something
/// out themselves.
enum JSONFields {
  static func message(_ members: [(String, Value)]) -> Struct {
    var message = Struct()
    for (name, value) in members { message.fields[name] = value }
    return message
  }

  static func object(_ members: [(String, Value)]) -> Value {
    value(.structValue(message(members)))
  }

  static func list(_ values: [Value]) -> Value {
    var list = ListValue()
    list.values = values
    return value(.listValue(list))
  }

  static func text(_ text: String) -> Value { value(.stringValue(text)) }
  static func number(_ number: Int) -> Value { value(.numberValue(Double(number))) }
  static func flag(_ flag: Bool) -> Value { value(.boolValue(flag)) }

  private static func value(_ kind: Value.Kind) -> Value {
    var value = Value()
    value.kind = kind
    return value
  }
}
