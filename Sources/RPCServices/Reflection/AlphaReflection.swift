import Protobuf
import RPC

/// `grpc.reflection.v1alpha`: v1 under its former name, which grpcio's client and older tools still
/// call. On the wire both are the same.
enum AlphaReflection {
  private static let package = "grpc.reflection.v1alpha"
  static let path = "grpc/reflection/v1alpha/reflection.proto"

  static let method = MethodDescriptor(
    service: package + ".ServerReflection", method: "ServerReflectionInfo",
    kind: .bidirectionalStreaming)

  /// The .proto file of v1alpha.
  ///
  /// - Parameter file: that of v1.
  static func descriptor(from file: FileDescriptorProto) -> FileDescriptorProto {
    let formerPrefix = "." + (file.package ?? "") + "."
    func renamed(_ name: String?) -> String? {
      guard let name, name.hasPrefix(formerPrefix) else { return name }
      return ".\(package)." + name.dropFirst(formerPrefix.count)
    }
    var alpha = file
    alpha.name = path
    alpha.package = package
    alpha.options = nil
    for message in alpha.messageType.indices {
      for field in alpha.messageType[message].field.indices {
        let name = alpha.messageType[message].field[field].typeName
        alpha.messageType[message].field[field].typeName = renamed(name)
      }
    }
    for service in alpha.service.indices {
      for method in alpha.service[service].method.indices {
        let descriptor = alpha.service[service].method[method]
        alpha.service[service].method[method].inputType = renamed(descriptor.inputType)
        alpha.service[service].method[method].outputType = renamed(descriptor.outputType)
      }
    }
    return alpha
  }
}
