internal import Protobuf

/// The comments of a .proto file, by the path of their declaration (`SourceCodeInfo.Location`).
struct Comments {
  private var byPath: [[Int32]: String] = [:]

  init(_ info: SourceCodeInfo?) {
    for location in info?.location ?? [] {
      let leading = location.leadingComments ?? ""
      let trailing = location.trailingComments ?? ""
      let text = leading.isEmpty ? trailing : leading
      if !text.isEmpty { byPath[location.path] = text }
    }
  }

  subscript(path: [Int32]) -> String? { byPath[path] }
}

/// Field numbers of descriptor.proto, which the paths of comments consist of.
enum DescriptorPath {
  static let fileMessage: Int32 = 4
  static let fileEnum: Int32 = 5
  static let fileService: Int32 = 6
  static let messageField: Int32 = 2
  static let messageNested: Int32 = 3
  static let messageEnum: Int32 = 4
  static let messageOneof: Int32 = 8
  static let enumValue: Int32 = 2
  static let serviceMethod: Int32 = 2
}
