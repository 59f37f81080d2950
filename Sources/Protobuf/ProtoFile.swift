/// A .proto file as generated code carries it, for reflection.
///
/// It costs a program nothing before it is asked for: the descriptors are literals among the
/// program's read-only data.
public protocol ProtoFile: Sendable {
  /// The files that it imports, as far as modules carry them.
  static var imports: [any ProtoFile.Type] { get }
  /// Serialized `FileDescriptorProto`s without comments, in base64: its own, then those of the
  /// imported files that no module carries.
  static var descriptors: [StaticString] { get }
}
