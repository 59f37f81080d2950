/// Why a text is not the JSON of a message.
public struct JSONDecodingError: Error, Sendable, Hashable {
  /// What is wrong; may quote the text.
  public let reason: String
  /// The member it concerns, as `endpoints[1].port`; empty for the whole.
  public internal(set) var path: String
  /// How many bytes were read before it showed.
  public let offset: Int
}

extension JSONDecodingError: CustomStringConvertible {
  public var description: String {
    path.isEmpty ? "\(reason) (at byte \(offset))" : "\(path): \(reason) (at byte \(offset))"
  }
}

/// Why a message has no JSON form.
public struct JSONEncodingError: Error, Sendable, Hashable, CustomStringConvertible {
  public let reason: String

  public var description: String { reason }
}
