/// A text that is not valid JSON of the message.
public struct JSONDecodingError: Error, Sendable, Hashable {
  /// The error; may quote the text.
  public let reason: String
  /// How many bytes were read before the error.
  public let offset: Int
}

extension JSONDecodingError: CustomStringConvertible {
  public var description: String { "\(reason) (at byte \(offset))" }
}

/// A message that has no JSON form.
public struct JSONEncodingError: Error, Sendable, Hashable, CustomStringConvertible {
  public let reason: String

  public var description: String { reason }
}
