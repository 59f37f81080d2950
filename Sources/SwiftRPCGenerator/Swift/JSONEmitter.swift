/// Writes the conversion of a message from and to JSON.
struct JSONEmitter {
  let message: SchemaMessage
  let visibility: String

  func emit(in writer: inout SourceWriter) {
    writer.line()
    emitReader(in: &writer)
    writer.line()
    emitWriter(in: &writer)
  }

  // MARK: Reading

  private func emitReader(in writer: inout SourceWriter) {
    let parts = message.fieldParts
    let jsonNames = Set(message.allFields.map(\.jsonName))
    let heading =
      "init(json reader: inout Protobuf::JSONReader) throws(Protobuf::JSONDecodingError)"
    writer.block("\(visibility) \(heading)") { writer in
      writer.line("self.init()")
      writer.line("try reader.beginObject()")
      guard !parts.isEmpty else {
        writer.line("while let name = try reader.nextName() { try reader.skipUnknown(name) }")
        return
      }
      writer.line("var seen = Protobuf::JSONFieldSet()")
      writer.block("while let name = try reader.nextName()") { writer in
        for part in parts.indices {
          writer.line("if try self.read\(part)(json: &reader, name, &seen) { continue }")
        }
        writer.line("try reader.skipUnknown(name)")
      }
    }
    for (number, part) in parts.enumerated() {
      writer.line()
      writer.line("/// False if the member is none of these fields.")
      writer.line("private mutating func read\(number)(")
      writer.line(
        "  json reader: inout Protobuf::JSONReader, _ name: Swift::String, _ seen: inout Protobuf::JSONFieldSet"
      )
      writer.block(") throws(Protobuf::JSONDecodingError) -> Swift::Bool") { writer in
        writer.block("switch name") { writer in
          for field in part {
            // A name in the contract that is another field's in JSON means that field.
            let isFree = !jsonNames.contains(field.name)
            let names = [field.jsonName] + (isFree ? [field.name] : [])
            writer.line("case \(names.map(SwiftLiteral.string).joined(separator: ", ")):")
            writer.indent { read(field, in: &$0) }
          }
          writer.line("default: return false")
        }
        writer.line("return true")
      }
    }
  }

  private func read(_ field: SchemaField, in writer: inout SourceWriter) {
    var arguments = "\(field.number), &seen"
    if case .oneof(let index) = field.form { arguments += ", oneof: \(index)" }
    let isSingular = if case .repeated = field.form { false } else { true }
    if field.type.hasNullValue && isSingular { arguments += ", hasNull: true" }
    writer.line("guard try reader.begin(\(arguments)) else { return true }")
    let closure = "(reader: inout Protobuf::JSONReader) throws(Protobuf::JSONDecodingError) in"
    switch field.form {
    case .implicit, .optional:
      assign(field.type, to: "\(field.value) = $0", in: &writer)
    case .repeated:
      writer.line("try reader.elements { \(closure)")
      writer.indent { assign(field.type, to: "\(field.value).append($0)", in: &$0) }
      writer.line("}")
    case .map(let key, let value, _):
      let entry =
        "(key: Swift::String, reader: inout Protobuf::JSONReader) throws(Protobuf::JSONDecodingError) in"
      writer.line("try reader.entries { \(entry)")
      writer.indent { writer in
        writer.line("let key = try reader.\(key.jsonReader)Key(key)")
        writer.line("guard \(field.value)[key] == nil else { throw reader.duplicateKey() }")
        assign(value, to: "\(field.value)[key] = $0", in: &writer)
      }
      writer.line("}")
    case .oneof(let index):
      guard let oneof = message.oneofs.first(where: { $0.index == index }) else { return }
      let property = "self." + SwiftNames.escaped(oneof.swiftName)
      let name = SwiftNames.escaped(field.swiftName)
      assign(field.type, to: "\(property) = .\(name)($0)", in: &writer)
    }
  }

  /// Reads a value into the place `$0` of a statement. An unknown name of an enum may be ignored.
  private func assign(_ type: FieldType, to statement: String, in writer: inout SourceWriter) {
    switch type {
    case .scalar(let kind):
      writer.line(statement.replacing("$0", with: "try reader.\(kind.jsonReader)()"))
    case .message(let type):
      writer.line(statement.replacing("$0", with: "try reader.message(\(type.swiftName).self)"))
    case .enumeration(let type):
      writer.block("if let value = try reader.enumeration(\(type.swiftName).self)") { writer in
        writer.line(statement.replacing("$0", with: "value"))
      }
    }
  }

  // MARK: Writing

  private func emitWriter(in writer: inout SourceWriter) {
    let parts = message.fieldParts
    let arguments = "json writer: inout Protobuf::JSONWriter) throws(Protobuf::JSONEncodingError)"
    writer.block("\(visibility) func write(\(arguments)") { writer in
      writer.line("writer.beginObject()")
      if parts.count == 1 {
        for field in parts[0] { write(field, in: &writer) }
      } else {
        for part in parts.indices { writer.line("try self.write\(part)(json: &writer)") }
      }
      writer.line("writer.endObject()")
    }
    guard parts.count > 1 else { return }
    for (number, part) in parts.enumerated() {
      writer.line()
      writer.line("@inline(never)")
      writer.block("private func write\(number)(\(arguments)") { writer in
        for field in part { write(field, in: &writer) }
      }
    }
  }

  private func write(_ field: SchemaField, in writer: inout SourceWriter) {
    let names = [field.jsonName, field.name].map(SwiftLiteral.string).joined(separator: ", ")
    let name = "writer.name(\(names))"
    switch field.form {
    case .implicit:
      writer.block("if \(field.type.isSet(field.value)) || writer.writesDefaults") { writer in
        writer.line(name)
        write(field.type, field.value, in: &writer)
      }
    case .optional:
      writer.block("if let value = \(field.value)") { writer in
        writer.line(name)
        write(field.type, "value", in: &writer)
      }
    case .repeated:
      writer.block("if !\(field.value).isEmpty || writer.writesDefaults") { writer in
        writer.line(name)
        writer.line("writer.beginArray()")
        writer.block("for value in \(field.value)") { write(field.type, "value", in: &$0) }
        writer.line("writer.endArray()")
      }
    case .map(_, let value, _):
      writer.block("if !\(field.value).isEmpty || writer.writesDefaults") { writer in
        writer.line(name)
        writer.line("writer.beginObject()")
        writer.block("for (key, value) in Protobuf::sorted(\(field.value))") { writer in
          writer.line("writer.key(key)")
          write(value, "value", in: &writer)
        }
        writer.line("writer.endObject()")
      }
    case .oneof(let index):
      guard let oneof = message.oneofs.first(where: { $0.index == index }) else { return }
      let property = "self." + SwiftNames.escaped(oneof.swiftName)
      writer.block("if case .\(SwiftNames.escaped(field.swiftName))(let value)? = \(property)") {
        writer in
        writer.line(name)
        write(field.type, "value", in: &writer)
      }
    }
  }

  private func write(_ type: FieldType, _ value: String, in writer: inout SourceWriter) {
    writer.line(type.isMessage ? "try writer.message(\(value))" : "writer.value(\(value))")
  }
}
