import Foundation
import PackagePlugin

/// `swift package --allow-writing-to-package-directory generate-grpc [--protos FOLDER]
/// [--module NAME] [Key=Value...]`: generates the Swift module of a package's protos and its C twin
/// under `Sources`, and prints the two targets for the manifest.
///
/// `Key=Value` are options of `protoc-gen-swiftrpc` (`GeneratorOptions`). `protoc` and
/// `protoc-gen-c` come from PATH.
@main
struct GenerateGRPC: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) async throws {
    var extractor = ArgumentExtractor(arguments)
    let folder = extractor.extractOption(named: "protos").last ?? "Protos"
    let module =
      extractor.extractOption(named: "module").last
      ?? Self.moduleName(ofPackage: context.package.displayName)
    let options = extractor.remainingArguments
    guard options.allSatisfy({ $0.contains("=") && !$0.hasPrefix("-") }) else {
      throw Failure(
        "usage: generate-grpc [--protos FOLDER] [--module NAME] [Key=Value...]")
    }
    let protos = URL(filePath: folder, relativeTo: context.package.directoryURL)
    let generation = Generation(
      protos: protos, files: try Self.protoFiles(in: protos), module: module, options: options,
      plugin: try context.tool(named: "protoc-gen-swiftrpc").url,
      protoc: try Self.program("protoc", debianPackage: "protobuf-compiler"))
    _ = try Self.program("protoc-gen-c", debianPackage: "protobuf-c-compiler")
    let sources = context.package.directoryURL.appending(path: "Sources")
    let work = context.pluginWorkDirectoryURL.appending(path: "generated")
    try generation.run(into: work, andMoveTo: sources)
    let stack = context.package.dependencies.first { dependency in
      dependency.package.products.contains { $0.name == "RPCStack" }
    }
    print(Self.targets(module, stack: stack?.package.id ?? "trackd"))
  }

  /// `my-greeter` -> `MyGreeterMessages`.
  private static func moduleName(ofPackage name: String) -> String {
    let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Messages"
  }

  /// The paths of the protos below a folder, relative to it.
  private static func protoFiles(in folder: URL) throws -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    let protos = paths.filter { $0.hasSuffix(".proto") }.sorted()
    guard !protos.isEmpty else {
      throw Failure("no .proto file is in \(folder.path): name the folder with --protos")
    }
    return protos
  }

  private static func program(_ name: String, debianPackage: String) throws -> URL {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      let file = URL(filePath: String(folder)).appending(path: name)
      if FileManager.default.isExecutableFile(atPath: file.path) { return file }
    }
    throw Failure("\(name) is not in PATH: Debian has it in \(debianPackage)")
  }

  private static func targets(_ module: String, stack: String) -> String {
    let product = ".product(name: \"RPCStack\", package: \"\(stack)\")"
    return """
      Generated Sources/\(module) and Sources/C\(module). Their targets:

          .target(
            name: "C\(module)", dependencies: [\(product)],
            publicHeadersPath: "."),
          .target(
            name: "\(module)", dependencies: ["C\(module)", \(product)]),
      """
  }
}
