/// Writes an enum, which keeps unknown values.
struct EnumEmitter {
  let enumeration: SchemaEnum
  let visibility: String

  func declare(in writer: inout SourceWriter) {
    let distinct = enumeration.values.filter { $0.aliasOf == nil }
    writer.documentation(enumeration.comment)
    writer.block("\(visibility) nonisolated enum \(enumeration.swiftName): Protobuf::Enumeration") {
      writer in
      for value in distinct {
        writer.documentation(value.comment)
        writer.line("case \(SwiftNames.escaped(value.caseName))")
      }
      writer.line("/// A number that this program has no name for.")
      writer.line("case unrecognized(Swift::Int32)")
      for value in enumeration.values {
        guard let original = value.aliasOf else { continue }
        writer.line()
        writer.documentation(value.comment)
        let name = SwiftNames.escaped(value.caseName)
        writer.line("\(visibility) static let \(name) = Self.\(SwiftNames.escaped(original))")
      }
      writer.line()
      writer.line("\(visibility) static let fullName = \"\(enumeration.reference.fullName)\"")
      writer.line("\(visibility) static let allCases: [Self] = [")
      writer.indent { writer in
        for value in distinct { writer.line(".\(SwiftNames.escaped(value.caseName)),") }
      }
      writer.line("]")
      writer.line()
      let first = enumeration.values.first.map { SwiftNames.escaped($0.caseName) } ?? ""
      writer.line("\(visibility) init() { self = .\(first) }")
      writer.line()
      declareNumbers(distinct, in: &writer)
      declareNames(distinct, in: &writer)
    }
  }

  private func declareNumbers(_ distinct: [SchemaEnum.Value], in writer: inout SourceWriter) {
    writer.block("\(visibility) init(rawValue: Swift::Int32)") { writer in
      writer.block("switch rawValue") { writer in
        for value in distinct {
          writer.line("case \(value.number): self = .\(SwiftNames.escaped(value.caseName))")
        }
        writer.line("default: self = .unrecognized(rawValue)")
      }
    }
    writer.line()
    writer.block("\(visibility) var rawValue: Swift::Int32") { writer in
      writer.block("switch self") { writer in
        for value in distinct {
          writer.line("case .\(SwiftNames.escaped(value.caseName)): \(value.number)")
        }
        writer.line("case .unrecognized(let number): number")
      }
    }
    writer.line()
  }

  private func declareNames(_ distinct: [SchemaEnum.Value], in writer: inout SourceWriter) {
    writer.block("\(visibility) init?(name: Swift::String)") { writer in
      writer.block("switch name") { writer in
        for value in enumeration.values {
          let name = SwiftNames.escaped(value.aliasOf ?? value.caseName)
          writer.line("case \"\(value.name)\": self = .\(name)")
        }
        writer.line("default: return nil")
      }
    }
    writer.line()
    writer.block("\(visibility) var name: Swift::String?") { writer in
      writer.block("switch self") { writer in
        for value in distinct {
          writer.line("case .\(SwiftNames.escaped(value.caseName)): \"\(value.name)\"")
        }
        writer.line("case .unrecognized: nil")
      }
    }
  }
}
