/// Writes the conversion of a message from and to its C struct.
struct BinaryEmitter {
  let message: SchemaMessage
  let visibility: String
  let cModule: String

  private var cName: String { "\(cModule)::\(message.reference.cName)" }
  private var cInitializer: String { "\(cModule)::\(message.reference.cInitializer)" }

  func emit(in writer: inout SourceWriter) {
    writer.block("\(visibility) static let structure: Protobuf::Structure =", closing: "}()") {
      writer in
      writer.line("var c = unsafe \(cName)()")
      writer.line("unsafe \(cInitializer)(&c)")
      writer.line("return unsafe Protobuf::Structure(of: &c)")
    }
    writer.line()
    emitDecoder(in: &writer)
    writer.line()
    emitEncoder(in: &writer)
  }

  // MARK: Decoding

  private func emitDecoder(in writer: inout SourceWriter) {
    let parts = message.parts
    writer.line("\(visibility) init(")
    writer.line("  unpacking structure: Swift::UnsafeRawPointer, in arena: Protobuf::Arena")
    writer.block(") throws(Protobuf::DecodingError)") { writer in
      writer.line("self.init()")
      if !parts.isEmpty {
        writer.line("let c = unsafe structure.assumingMemoryBound(to: \(cName).self)")
      }
      if parts.count == 1 {
        for member in parts[0] { decode(member, in: &writer) }
      } else {
        for part in parts.indices { writer.line("try unsafe self.unpack\(part)(c, in: arena)") }
      }
      writer.line("try unsafe arena.readUnknownFields(of: structure, into: &self.unknownFields)")
    }
    guard parts.count > 1 else { return }
    for (number, part) in parts.enumerated() {
      writer.line()
      writer.line("@inline(never)")
      writer.line("private mutating func unpack\(number)(")
      writer.line("  _ c: Swift::UnsafePointer<\(cName)>, in arena: Protobuf::Arena")
      writer.block(") throws(Protobuf::DecodingError)") { writer in
        for member in part { decode(member, in: &writer) }
      }
    }
  }

  private func decode(_ member: SchemaMember, in writer: inout SourceWriter) {
    switch member {
    case .field(let field): decode(field, in: &writer)
    case .oneof(let oneof): decode(oneof, in: &writer)
    }
  }

  private func decode(_ field: SchemaField, in writer: inout SourceWriter) {
    let member = "c.pointee.\(field.cName)"
    switch field.form {
    case .implicit:
      writer.line("unsafe \(field.value) = \(field.type.decoded(member))")
    case .optional where field.type.isMessage:
      writer.block("if let message = unsafe \(member)") { writer in
        writer.line("\(field.value) = try unsafe \(field.type.decoded("message"))")
      }
    case .optional:
      writer.block("if unsafe c.pointee.has_\(field.cName) != 0") { writer in
        writer.line("unsafe \(field.value) = \(field.type.decoded(member))")
      }
    case .repeated:
      let count = "c.pointee.n_\(field.cName)"
      writer.line(
        "\(field.value) = try unsafe arena.\(arrayReader(field.type))(\(member), \(count))")
    case .map(let key, let value, _):
      decodeMap(field, key: key, value: value, in: &writer)
    case .oneof:
      break
    }
  }

  private func arrayReader(_ type: FieldType) -> String {
    switch type {
    case .scalar(.bool): "bools"
    case .scalar(.string): "strings"
    case .scalar(.bytes): "byteArrays"
    case .scalar: "array"
    case .enumeration: "enumerations"
    case .message: "messages"
    }
  }

  private func decodeMap(
    _ field: SchemaField, key: ScalarKind, value: FieldType, in writer: inout SourceWriter
  ) {
    let count = "c.pointee.n_\(field.cName)"
    writer.block("if unsafe \(count) > 0") { writer in
      writer.line(
        "try unsafe arena.chargeMap(\(key.swiftType).self, \(value.swiftType).self, count: \(count))"
      )
      writer.block("for index in 0..<(unsafe \(count))") { writer in
        writer.line("guard let entry = unsafe c.pointee.\(field.cName)[index] else { continue }")
        writer.line(
          "if try unsafe arena.keepEntry(entry, number: \(field.number), in: &self.unknownFields) { continue }"
        )
        let keyMember = "entry.pointee.\(CNames.field("key", number: 1))"
        let valueMember = "entry.pointee.\(CNames.field("value", number: 2))"
        writer.line("let key = unsafe \(FieldType.scalar(key).decoded(keyMember))")
        if value.isMessage {
          writer.line("let message = unsafe \(valueMember)")
          let decoded = value.decoded("$0")
          writer.line("var value = \(value.swiftType)()")
          writer.line(
            "if let message = unsafe message { value = try unsafe "
              + decoded.replacing("$0", with: "message") + " }")
          writer.line("\(field.value)[key] = value")
        } else {
          writer.line("\(field.value)[key] = unsafe \(value.decoded(valueMember))")
        }
      }
    }
  }

  private func decode(_ oneof: SchemaOneof, in writer: inout SourceWriter) {
    writer.block("switch unsafe c.pointee.\(oneof.cName)_case.rawValue") { writer in
      for field in oneof.fields {
        let member = "c.pointee.\(field.cName)"
        let name = SwiftNames.escaped(field.swiftName)
        let property = "self." + SwiftNames.escaped(oneof.swiftName)
        writer.line("case \(field.number):")
        writer.indent { writer in
          if field.type.isMessage {
            writer.block("if let message = unsafe \(member)") { writer in
              writer.line("\(property) = .\(name)(try unsafe \(field.type.decoded("message")))")
            }
          } else {
            writer.line("\(property) = .\(name)(unsafe \(field.type.decoded(member)))")
          }
        }
      }
      writer.line("default: break")
    }
  }

  // MARK: Encoding

  private func emitEncoder(in writer: inout SourceWriter) {
    let parts = message.parts
    let heading =
      "\(visibility) func structure(in arena: Protobuf::Arena) -> Swift::UnsafeMutableRawPointer"
    writer.block(heading) { writer in
      writer.line("let c = unsafe arena.allocate(\(cName).self)")
      writer.line("unsafe \(cInitializer)(c)")
      if parts.count == 1 {
        for member in parts[0] { encode(member, in: &writer) }
      } else {
        for part in parts.indices { writer.line("unsafe self.pack\(part)(into: c, in: arena)") }
      }
      writer.line("unsafe arena.attach(self.unknownFields, to: c)")
      writer.line("return Swift::UnsafeMutableRawPointer(c)")
    }
    guard parts.count > 1 else { return }
    for (number, part) in parts.enumerated() {
      writer.line()
      writer.line("@inline(never)")
      writer.line("private func pack\(number)(")
      writer.line("  into c: Swift::UnsafeMutablePointer<\(cName)>, in arena: Protobuf::Arena")
      writer.block(")") { writer in
        for member in part { encode(member, in: &writer) }
      }
    }
  }

  private func encode(_ member: SchemaMember, in writer: inout SourceWriter) {
    switch member {
    case .field(let field): encode(field, in: &writer)
    case .oneof(let oneof): encode(oneof, in: &writer)
    }
  }

  private func encode(_ field: SchemaField, in writer: inout SourceWriter) {
    let member = "c.pointee.\(field.cName)"
    switch field.form {
    case .implicit:
      writer.block("if \(field.type.isSet(field.value))") { writer in
        writer.line("unsafe c.pointee.has_\(field.cName) = 1")
        writer.line("unsafe \(member) = \(field.type.encoded(field.value))")
      }
    case .optional:
      writer.block("if let value = \(field.value)") { writer in
        if !field.type.isMessage { writer.line("unsafe c.pointee.has_\(field.cName) = 1") }
        writer.line("unsafe \(member) = \(field.type.encoded("value"))")
      }
    case .repeated:
      writer.block("if !\(field.value).isEmpty") { writer in
        writer.line("unsafe c.pointee.n_\(field.cName) = \(field.value).count")
        let function = field.type.isMessage ? "structures" : "copy"
        writer.line("unsafe \(member) = arena.\(function)(\(field.value))")
      }
    case .map(let key, let value, let entry):
      encodeMap(field, key: key, value: value, entry: entry, in: &writer)
    case .oneof:
      break
    }
  }

  private func encodeMap(
    _ field: SchemaField, key: ScalarKind, value: FieldType, entry: TypeReference,
    in writer: inout SourceWriter
  ) {
    writer.block("if !\(field.value).isEmpty") { writer in
      let cEntry = "\(cModule)::\(entry.cName)"
      let pointer = "Swift::UnsafeMutablePointer<\(cEntry)>?"
      writer.line(
        "let entries = unsafe arena.allocate((\(pointer)).self, count: \(field.value).count)")
      writer.line("var index = 0")
      writer.block("for (key, value) in Protobuf::sorted(\(field.value))") { writer in
        writer.line("let entry = unsafe arena.allocate(\(cEntry).self)")
        writer.line("unsafe \(cModule)::\(entry.cInitializer)(entry)")
        let keyName = CNames.field("key", number: 1)
        let valueName = CNames.field("value", number: 2)
        writer.line("unsafe entry.pointee.has_\(keyName) = 1")
        writer.line("unsafe entry.pointee.\(keyName) = \(FieldType.scalar(key).encoded("key"))")
        if !value.isMessage { writer.line("unsafe entry.pointee.has_\(valueName) = 1") }
        writer.line("unsafe entry.pointee.\(valueName) = \(value.encoded("value"))")
        writer.line("unsafe (entries + index).initialize(to: entry)")
        writer.line("index += 1")
      }
      writer.line("unsafe c.pointee.n_\(field.cName) = index")
      writer.line("unsafe c.pointee.\(field.cName) = entries")
    }
  }

  private func encode(_ oneof: SchemaOneof, in writer: inout SourceWriter) {
    writer.block("switch self.\(SwiftNames.escaped(oneof.swiftName))") { writer in
      for field in oneof.fields {
        writer.line("case .\(SwiftNames.escaped(field.swiftName))(let value)?:")
        writer.indent { writer in
          writer.line("unsafe c.pointee.\(oneof.cName)_case = .init(rawValue: \(field.number))")
          writer.line("unsafe c.pointee.\(field.cName) = \(field.type.encoded("value"))")
        }
      }
      writer.line("case nil: break")
    }
  }
}
