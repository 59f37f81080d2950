import EventLoop
import Glibc

/// Asks the user at the terminal.
enum Question {
  /// Whether stdin is a terminal.
  static var canBeAsked: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether the user answers yes; everything else is no.
  static func isAnsweredYes(_ text: String) -> Bool {
    StandardStream.error.write(Table.printable(text) + " [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }
}
