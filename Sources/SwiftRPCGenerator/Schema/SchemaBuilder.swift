internal import Protobuf

/// Turns a file's descriptors into the schema for the emitters: makes names, and resolves types.
struct SchemaBuilder {
  let file: FileDescriptorProto
  let index: TypeIndex
  let comments: Comments

  init(_ file: FileDescriptorProto, index: TypeIndex) {
    self.file = file
    self.index = index
    comments = Comments(file.sourceCodeInfo)
  }

  private var isProto3: Bool { file.syntax == "proto3" }

  func build() throws(GeneratorError) -> SchemaFile {
    if let syntax = file.syntax, !["proto2", "proto3"].contains(syntax) {
      throw GeneratorError(
        "\(file.name ?? ""): editions are not supported: write syntax = \"proto3\" or \"proto2\"")
    }
    let package = file.package ?? ""
    var messages: [SchemaMessage] = []
    for (position, message) in file.messageType.enumerated() {
      let path = [DescriptorPath.fileMessage, Int32(position)]
      messages.append(try self.message(message, scope: package, path: path))
    }
    var enums: [SchemaEnum] = []
    for (position, enumeration) in file.enumType.enumerated() {
      let path = [DescriptorPath.fileEnum, Int32(position)]
      enums.append(try self.enumeration(enumeration, scope: package, path: path))
    }
    var services: [SchemaService] = []
    for (position, service) in file.service.enumerated() {
      services.append(
        try self.service(service, path: [DescriptorPath.fileService, Int32(position)]))
    }
    return SchemaFile(
      path: file.name ?? "", messages: messages, enums: enums, services: services,
      messageModules: modules(of: file.messageType.flatMap(fieldTypes)),
      serviceModules: modules(
        of: file.service.flatMap(\.method).flatMap { [$0.inputType, $0.outputType] }
          .map(TypeIndex.withoutDot)))
  }

  private func fieldTypes(_ message: DescriptorProto) -> [String] {
    message.field.filter { $0.typeName != nil }.map { TypeIndex.withoutDot($0.typeName) }
      + message.nestedType.flatMap(fieldTypes)
  }

  private func modules(of types: [String]) -> Set<String> {
    Set(types.compactMap { index.modules[$0] })
  }

  // MARK: Messages

  private func message(
    _ message: DescriptorProto, scope: String, path: [Int32]
  ) throws(GeneratorError) -> SchemaMessage {
    let fullName = TypeIndex.join(scope, message.name ?? "")
    let reference = try index.reference(fullName)
    var names = MemberNames()
    var fields: [SchemaField] = []
    var members: [Int: [SchemaField]] = [:]
    var caseNames: [Int: MemberNames] = [:]
    for (position, field) in message.field.enumerated() {
      let path = path + [DescriptorPath.messageField, Int32(position)]
      var schema = try self.field(field, of: fullName, comment: comments[path])
      if case .oneof(let oneof) = schema.form {
        let name = SwiftNames.caseName(field.name ?? "")
        schema.swiftName = caseNames[oneof, default: MemberNames()]
          .unique(name, number: schema.number)
        members[oneof, default: []].append(schema)
      } else {
        schema.swiftName = names.unique(schema.swiftName, number: schema.number)
        if schema.explicitDefault != nil {
          let name = schema.swiftName + "OrDefault"
          schema.defaultedName = names.unique(name, number: schema.number)
        }
        fields.append(schema)
      }
    }
    var oneofs: [SchemaOneof] = []
    var types = OneofTypes(message)
    for (position, oneof) in message.oneofDecl.enumerated() {
      guard let fields = members[position] else { continue }
      let name = names.unique(SwiftNames.property(oneof.name ?? ""), number: Int32(position))
      let path = path + [DescriptorPath.messageOneof, Int32(position)]
      oneofs.append(
        SchemaOneof(
          swiftName: name, typeName: types.unique(oneof.name ?? ""), index: position,
          fields: fields, comment: comments[path]))
    }
    return SchemaMessage(
      reference: reference, swiftName: TypeIndex.swiftName(message.name ?? "", fullName: fullName),
      fields: fields, oneofs: oneofs, messages: try nestedMessages(message, fullName, path),
      enums: try nestedEnums(message, fullName, path), comment: comments[path], isProto3: isProto3)
  }

  private func nestedMessages(
    _ message: DescriptorProto, _ scope: String, _ path: [Int32]
  ) throws(GeneratorError) -> [SchemaMessage] {
    var result: [SchemaMessage] = []
    for (position, nested) in message.nestedType.enumerated() where nested.options?.mapEntry != true
    {
      let path = path + [DescriptorPath.messageNested, Int32(position)]
      result.append(try self.message(nested, scope: scope, path: path))
    }
    return result
  }

  private func nestedEnums(
    _ message: DescriptorProto, _ scope: String, _ path: [Int32]
  ) throws(GeneratorError) -> [SchemaEnum] {
    var result: [SchemaEnum] = []
    for (position, nested) in message.enumType.enumerated() {
      let path = path + [DescriptorPath.messageEnum, Int32(position)]
      result.append(try enumeration(nested, scope: scope, path: path))
    }
    return result
  }

  // MARK: Fields

  private func field(
    _ field: FieldDescriptorProto, of message: String, comment: String?
  ) throws(GeneratorError) -> SchemaField {
    let name = field.name ?? ""
    let type = try self.type(field)
    var isIndirect = false
    if case .message(let reference) = type, field.label != .repeated {
      isIndirect = index.isRecursive(message, through: reference.fullName)
    }
    if field.label == .required && file.package != "google.protobuf" {
      throw GeneratorError(
        "\(file.name ?? ""): '\(message).\(name)' is required, which is not supported: make it"
          + " optional, and check it where it is used")
    }
    let form = try form(field, type)
    var explicitDefault: String?
    if !isProto3, case .optional = form {
      explicitDefault = try DefaultValue(field: field, type: type, index: index).expression()
    }
    return SchemaField(
      name: name, number: field.number ?? 0,
      jsonName: field.jsonName ?? SwiftNames.json(name),
      type: type, form: form, swiftName: SwiftNames.property(name),
      isIndirect: isIndirect, explicitDefault: explicitDefault, comment: comment)
  }

  private func type(_ field: FieldDescriptorProto) throws(GeneratorError) -> FieldType {
    switch field.type {
    case .message: return .message(try index.reference(field.typeName))
    case .enum: return .enumeration(try index.reference(field.typeName))
    case .group:
      throw GeneratorError(
        "\(file.name ?? ""): the field '\(field.name ?? "")' is a group, which is not supported:"
          + " make it a field of a message type")
    default:
      let name = field.type.flatMap(\.name)?.dropFirst("TYPE_".count).lowercased()
      guard let kind = name.flatMap(ScalarKind.init(rawValue:)) else {
        throw GeneratorError("field '\(field.name ?? "")' is of an unsupported type")
      }
      return .scalar(kind)
    }
  }

  private func form(
    _ field: FieldDescriptorProto, _ type: FieldType
  ) throws(GeneratorError) -> FieldForm {
    if field.label == .repeated {
      guard case .message(let entry) = type, let message = index.messages[entry.fullName],
        message.options?.mapEntry == true, message.field.count == 2,
        case .scalar(let key) = try self.type(message.field[0])
      else { return .repeated }
      return .map(key: key, value: try self.type(message.field[1]), entry: entry)
    }
    if field.proto3Optional == true { return .optional }
    if let oneof = field.oneofIndex { return .oneof(index: Int(oneof)) }
    if case .message = type { return .optional }
    return isProto3 ? .implicit : .optional
  }

  // MARK: Enums and services

  private func enumeration(
    _ enumeration: EnumDescriptorProto, scope: String, path: [Int32]
  ) throws(GeneratorError) -> SchemaEnum {
    let name = enumeration.name ?? ""
    let reference = try index.reference(TypeIndex.join(scope, name))
    let cases = SwiftNames.cases(of: enumeration.value.map { $0.name ?? "" }, in: name)
    let caseOfNumber = Dictionary(
      zip(enumeration.value.map { $0.number ?? 0 }, cases), uniquingKeysWith: { first, _ in first })
    var numbers: Set<Int32> = []
    let values = zip(enumeration.value, cases).enumerated().map { position, value in
      let number = value.0.number ?? 0
      let isFirst = numbers.insert(number).inserted
      return SchemaEnum.Value(
        name: value.0.name ?? "", number: number, caseName: value.1,
        aliasOf: isFirst ? nil : caseOfNumber[number],
        comment: comments[path + [DescriptorPath.enumValue, Int32(position)]])
    }
    return SchemaEnum(
      reference: reference, swiftName: SwiftNames.type(name), values: values,
      comment: comments[path])
  }

  private func service(
    _ service: ServiceDescriptorProto, path: [Int32]
  ) throws(GeneratorError) -> SchemaService {
    var methods: [SchemaService.Method] = []
    for (position, method) in service.method.enumerated() {
      methods.append(
        SchemaService.Method(
          name: method.name ?? "", swiftName: SwiftNames.method(method.name ?? ""),
          input: try index.reference(method.inputType),
          output: try index.reference(method.outputType),
          clientStreaming: method.clientStreaming ?? false,
          serverStreaming: method.serverStreaming ?? false,
          idempotency: method.options?.idempotencyLevel ?? .idempotencyUnknown,
          customOptions: method.options?.unknownFields.varints ?? [:],
          comment: comments[path + [DescriptorPath.serviceMethod, Int32(position)]]))
    }
    let name = service.name ?? ""
    return SchemaService(
      name: name, fullName: TypeIndex.join(file.package ?? "", name), methods: methods,
      comment: comments[path])
  }
}

/// Gives each member of a message a unique name.
private struct MemberNames {
  private var taken: Set<String> = []

  mutating func unique(_ name: String, number: Int32) -> String {
    if taken.insert(name).inserted { return name }
    let numbered = "\(name)_\(number)"
    taken.insert(numbered)
    return numbered
  }
}

/// Gives the enum of each oneof of a message a unique name. It is nested in the message, beside the
/// message's own types, and must not hide the message.
private struct OneofTypes {
  private var taken: Set<String>

  init(_ message: DescriptorProto) {
    let nested = message.nestedType.map(\.name) + message.enumType.map(\.name)
    taken = Set((nested + [message.name]).map { SwiftNames.type($0 ?? "") })
  }

  mutating func unique(_ oneof: String) -> String {
    var name = SwiftNames.type(SwiftNames.upperCamel(oneof))
    while !taken.insert(name).inserted { name = "OneOf" + name }
    return name
  }
}
