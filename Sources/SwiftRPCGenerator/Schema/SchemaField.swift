/// The type of a field.
indirect enum FieldType {
  case scalar(ScalarKind)
  case enumeration(TypeReference)
  case message(TypeReference)
}

/// The multiplicity and presence of a field.
enum FieldForm {
  /// Always has a value; the default is not sent.
  case implicit
  /// May be absent.
  case optional
  case repeated
  case map(key: ScalarKind, value: FieldType, entry: TypeReference)
  case oneof(index: Int)
}

struct SchemaField {
  let name: String
  let number: Int32
  let jsonName: String
  let type: FieldType
  let form: FieldForm
  /// The name of the property or of the oneof's case, without backticks.
  var swiftName: String
  /// The type contains itself through this field, so that the value is stored out of line.
  var isIndirect = false
  /// The default that the contract declares, as an expression.
  var explicitDefault: String?
  /// The property that is that default where the field is absent, without backticks.
  var defaultedName: String?
  let comment: String?

  var cName: String { CNames.field(name, number: number) }
}

struct SchemaOneof {
  let swiftName: String
  let typeName: String
  let index: Int
  let fields: [SchemaField]
  let comment: String?

  var cName: String { CNames.oneof(index: index) }
}
