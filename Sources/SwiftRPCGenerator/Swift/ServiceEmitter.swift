/// Writes the server protocol and the client stub of a service.
struct ServiceEmitter {
  let service: SchemaService
  let options: GeneratorOptions

  static let isReady = false

  func emit(in writer: inout SourceWriter) {}
}
