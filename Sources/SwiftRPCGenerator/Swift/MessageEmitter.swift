/// Writes a message's struct and its conformance.
struct MessageEmitter {
  let message: SchemaMessage
  let visibility: String
  let cModule: String

  private func nestedEmitter(_ nested: SchemaMessage) -> MessageEmitter {
    MessageEmitter(message: nested, visibility: visibility, cModule: cModule)
  }

  /// The struct, with the types nested in it.
  func declare(in writer: inout SourceWriter) {
    writer.documentation(message.comment)
    writer.block("\(visibility) nonisolated struct \(message.swiftName): Protobuf::Message") {
      writer in
      writer.line("\(visibility) static let fullName = \"\(message.reference.fullName)\"")
      writer.line()
      for field in message.fields { declare(field, in: &writer) }
      for oneof in message.oneofs {
        writer.documentation(oneof.comment)
        let name = SwiftNames.escaped(oneof.swiftName)
        writer.line("\(visibility) var \(name): \(oneofType(oneof))? = nil")
      }
      writer.line("\(visibility) var unknownFields = Protobuf::UnknownFields()")
      for field in message.fields where field.isIndirect {
        writer.line(
          "private var boxed_\(field.number): Protobuf::Indirect<\(field.type.swiftType)>? = nil")
      }
      writer.line()
      writer.line("\(visibility) init() {}")
      if !WellKnownTypes.withOwnJSON.contains(message.reference.fullName) {
        declareInitializer(in: &writer)
      }
      for oneof in message.oneofs { declare(oneof, in: &writer) }
      for enumeration in message.enums {
        writer.line()
        EnumEmitter(enumeration: enumeration, visibility: visibility).declare(in: &writer)
      }
      for nested in message.messages {
        writer.line()
        nestedEmitter(nested).declare(in: &writer)
      }
    }
  }

  private func declare(_ field: SchemaField, in writer: inout SourceWriter) {
    writer.documentation(field.comment)
    let name = SwiftNames.escaped(field.swiftName)
    if field.isIndirect {
      writer.block("\(visibility) var \(name): \(field.propertyType)") { writer in
        writer.line("get { boxed_\(field.number)?.value }")
        writer.line("set { boxed_\(field.number) = newValue.map { Protobuf::Indirect($0) } }")
      }
    } else {
      writer.line("\(visibility) var \(name): \(field.propertyType) = \(field.propertyDefault)")
    }
    if let defaultedName = field.defaultedName, let value = field.explicitDefault {
      let heading = "\(visibility) var \(defaultedName): \(field.type.swiftType)"
      writer.line("/// `\(field.swiftName)`, or the contract's default where it is absent.")
      writer.line("\(heading) { self.\(name) ?? \(value) }")
    }
  }

  /// An initializer with every field and oneof, all of which may be left out.
  private func declareInitializer(in writer: inout SourceWriter) {
    let fields = message.fields.map { ($0.swiftName, $0.propertyType, $0.propertyDefault) }
    let oneofs = message.oneofs.map { ($0.swiftName, oneofType($0) + "?", "nil") }
    let members = (fields + oneofs).map { (SwiftNames.escaped($0.0), $0.1, $0.2) }
    guard !members.isEmpty else { return }
    writer.line()
    writer.line("\(visibility) init(")
    writer.indent { writer in
      for (position, member) in members.enumerated() {
        let comma = position + 1 < members.count ? "," : ""
        writer.line("\(member.0): \(member.1) = \(member.2)\(comma)")
      }
    }
    writer.block(")") { writer in
      for member in members { writer.line("self.\(member.0) = \(member.0)") }
    }
  }

  func oneofType(_ oneof: SchemaOneof) -> String {
    "\(message.reference.swiftName).\(oneof.typeName)"
  }

  private func declare(_ oneof: SchemaOneof, in writer: inout SourceWriter) {
    writer.line()
    writer.documentation(oneof.comment)
    let heading =
      "\(visibility) nonisolated enum \(oneof.typeName): Swift::Sendable, Swift::Hashable"
    writer.block(heading) { writer in
      for field in oneof.fields {
        writer.documentation(field.comment)
        let prefix = field.isIndirect ? "indirect " : ""
        let name = SwiftNames.escaped(field.swiftName)
        writer.line("\(prefix)case \(name)(\(field.type.swiftType))")
      }
    }
  }

  /// The conformance, of nested messages too.
  func implement(in writer: inout SourceWriter) {
    writer.line()
    writer.block("nonisolated extension \(message.reference.swiftName)") { writer in
      BinaryEmitter(message: message, visibility: visibility, cModule: cModule).emit(in: &writer)
      if !WellKnownTypes.withOwnJSON.contains(message.reference.fullName) {
        JSONEmitter(message: message, visibility: visibility).emit(in: &writer)
      }
    }
    for nested in message.messages {
      nestedEmitter(nested).implement(in: &writer)
    }
  }
}

enum WellKnownTypes {
  /// Messages whose JSON is not an object of their fields; the runtime implements it by hand.
  static let withOwnJSON = Set(
    [
      "Any", "Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "DoubleValue",
      "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue",
      "StringValue", "BytesValue",
    ].map { "google.protobuf." + $0 })
}
