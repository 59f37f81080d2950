/// An error in the .proto files or options; protoc prints the message.
public struct GeneratorError: Error, Sendable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
