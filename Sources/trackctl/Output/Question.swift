import EventLoop
import Glibc

/// Asks the person at the terminal.
enum Question {
  /// Whether somebody can be asked: stdin is a terminal.
  static var canBeAsked: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether the person says yes; anything else is no.
  static func isAnsweredYes(_ text: String) -> Bool {
    StandardStream.error.write(Table.printable(text) + " [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }
}
