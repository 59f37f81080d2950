/// Checks and cleans the texts of remote services for histories, logs and answers.
enum RemoteText {
  /// The most characters that are kept of a text for people.
  static let maxLength = 300

  /// One line of bounded length. Control characters, and marks that change the direction of text,
  /// could deceive readers and become blanks.
  static func readable(_ text: String, maxLength: Int = RemoteText.maxLength) -> String {
    // Cuts by scalars: a single character can have any number of them.
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(maxLength) {
      scalars.append(isFit(scalar) ? scalar : " ")
    }
    if text.unicodeScalars.dropFirst(maxLength).isEmpty == false { scalars.append("…") }
    return String(scalars).trimmingBlanks
  }

  /// Whether a text can be kept as it is: 1 to 255 scalars, all of them readable.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.prefix(256).count <= 255
      && text.unicodeScalars.allSatisfy(isFit)
  }

  private static func isFit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
    default: true
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    let start = unicodeScalars.drop { $0 == " " }
    var end = start
    while end.last == " " { end.removeLast() }
    return String(end)
  }
}
