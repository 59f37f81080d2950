import Protobuf

/// A message or enum that fields refer to.
struct TypeReference {
  /// `pkg.Outer.Inner`.
  let fullName: String
  /// With its module: `Protobuf::Timestamp`. The module selector is found even where a type hides
  /// the module.
  let swiftName: String
  let module: String

  var cName: String { CNames.structure(cFullName) }
  var cInitializer: String { CNames.initializer(cFullName) }
  /// The name that protoc-gen-c is given: two modules of a program may have the same contract.
  private var cFullName: String { module + "." + fullName }
}

struct SchemaMessage {
  let reference: TypeReference
  let swiftName: String
  let fields: [SchemaField]
  let oneofs: [SchemaOneof]
  let messages: [SchemaMessage]
  let enums: [SchemaEnum]
  let comment: String?
  let isProto3: Bool

  var allFields: [SchemaField] {
    (fields + oneofs.flatMap(\.fields)).sorted { $0.number < $1.number }
  }

  /// The members in groups; each group is read and written by a function of its own. Messages nest,
  /// and the stack frame of one function for hundreds of fields would take a hundred kilobytes.
  var parts: [[SchemaMember]] {
    let members = fields.map(SchemaMember.field) + oneofs.map(SchemaMember.oneof)
    return Self.parts(of: members)
  }

  var fieldParts: [[SchemaField]] { Self.parts(of: allFields) }

  private static func parts<T>(of members: [T]) -> [[T]] {
    stride(from: 0, to: members.count, by: 24).map { Array(members[$0...].prefix(24)) }
  }
}

enum SchemaMember {
  case field(SchemaField)
  case oneof(SchemaOneof)
}

struct SchemaEnum {
  struct Value {
    let name: String
    let number: Int32
    let caseName: String
    /// An earlier value has the same number.
    let aliasOf: String?
    let comment: String?
  }

  let reference: TypeReference
  let swiftName: String
  let values: [Value]
  let comment: String?
}

struct SchemaService {
  struct Method {
    let name: String
    let swiftName: String
    let input: TypeReference
    let output: TypeReference
    let clientStreaming: Bool
    let serverStreaming: Bool
    let idempotency: MethodOptions.IdempotencyLevel
    /// Options that extensions of `google.protobuf.MethodOptions` declare and whose values are
    /// numbers, booleans or enums, by field number.
    let customOptions: [UInt32: UInt64]
    let comment: String?
  }

  let name: String
  let fullName: String
  let methods: [Method]
  let comment: String?
}

struct SchemaFile {
  let path: String
  let messages: [SchemaMessage]
  let enums: [SchemaEnum]
  let services: [SchemaService]
  /// Swift modules that the messages refer to, and those that the services refer to.
  let messageModules: Set<String>
  let serviceModules: Set<String>
}
