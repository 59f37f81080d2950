/// A value of a statement's parameter.
enum BoundValue: Hashable {
  case null
  case number(Int64)
  case text(String)
  case bytes([UInt8])
}

extension PostgreSQLStatement {
  func bind(_ values: [BoundValue]) {
    for (index, value) in values.enumerated() {
      let index = Int32(index + 1)
      switch value {
      case .null: bindNull(index)
      case .number(let number): bind(index, number)
      case .text(let text): bind(index, text)
      case .bytes(let bytes): bind(index, bytes)
      }
    }
  }
}
