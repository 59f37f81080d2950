/// Writes a message's way to and from JSON.
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
    let inout_ = "inout Protobuf.JSONReader"
    writer.block("\(visibility) init(json reader: \(inout_)) throws(Protobuf.JSONDecodingError)") { writer in
      writer.line("self.init()")
      writer.line("try reader.beginObject()")
      let fields = message.allFields
      guard !fields.isEmpty else {
        writer.line("while let name = try reader.nextName() { try reader.skipUnknown(name) }")
        return
      }
      writer.line("var seen = Protobuf.JSONFieldSet()")
      writer.block("while let name = try reader.nextName()") { writer in
        writer.block("switch name") { writer in
          for field in fields {
            let names = field.jsonName == field.name ? [field.name] : [field.jsonName, field.name]
            writer.line("case \(names.map { "\"\($0)\"" }.joined(separator: ", ")):")
            writer.indent { read(field, in: &$0) }
          }
          writer.line("default:")
          writer.indent { $0.line("try reader.skipUnknown(name)") }
        }
      }
    }
  }

  private func read(_ field: SchemaField, in writer: inout SourceWriter) {
    var arguments = "\(field.number), &seen"
    if case .oneof(let index) = field.form { arguments += ", oneof: \(index)" }
    let isSingular = if case .repeated = field.form { false } else { true }
    if field.type.hasNullValue && isSingular { arguments += ", hasNull: true" }
    writer.line("guard try reader.begin(\(arguments)) else { continue }")
    let closure = "(reader: inout Protobuf.JSONReader) throws(Protobuf.JSONDecodingError) in"
    switch field.form {
    case .implicit, .optional:
      assign(field.type, to: "\(field.value) = $0", in: &writer)
    case .repeated:
      writer.line("try reader.elements { \(closure)")
      writer.indent { assign(field.type, to: "\(field.value).append($0)", in: &$0) }
      writer.line("}")
    case .map(let key, let value, _):
      let entry = "(key: Swift.String, reader: inout Protobuf.JSONReader) throws(Protobuf.JSONDecodingError) in"
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

  /// Reads a value into the place `$0` of a statement. An enum's unknown name may be ignored.
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
    writer.block(
      "\(visibility) func write(json writer: inout Protobuf.JSONWriter) throws(Protobuf.JSONEncodingError)"
    ) { writer in
      writer.line("writer.beginObject()")
      for field in message.allFields { write(field, in: &writer) }
      writer.line("writer.endObject()")
    }
  }

  private func write(_ field: SchemaField, in writer: inout SourceWriter) {
    let name = "writer.name(\"\(field.jsonName)\", \"\(field.name)\")"
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
        writer.block("for (key, value) in Protobuf.sorted(\(field.value))") { writer in
          writer.line("writer.key(key)")
          write(value, "value", in: &writer)
        }
        writer.line("writer.endObject()")
      }
    case .oneof(let index):
      guard let oneof = message.oneofs.first(where: { $0.index == index }) else { return }
      let property = "self." + SwiftNames.escaped(oneof.swiftName)
      writer.block("if case .\(SwiftNames.escaped(field.swiftName))(let value)? = \(property)") { writer in
        writer.line(name)
        write(field.type, "value", in: &writer)
      }
    }
  }

  private func write(_ type: FieldType, _ value: String, in writer: inout SourceWriter) {
    writer.line(type.isMessage ? "try writer.message(\(value))" : "writer.value(\(value))")
  }
}
