/// Why a text is not the JSON of a message.
public struct JSONDecodingError: Error, Sendable, Hashable {
  /// What is wrong; may quote the text.
  public let reason: String
  /// How many bytes were read before it showed.
  public let offset: Int
}

extension JSONDecodingError: CustomStringConvertible {
  public var description: String { "\(reason) (at byte \(offset))" }
}

/// Why a message has no JSON form.
public struct JSONEncodingError: Error, Sendable, Hashable, CustomStringConvertible {
  public let reason: String

  public var description: String { reason }
}
