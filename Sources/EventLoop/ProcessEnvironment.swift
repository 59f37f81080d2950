import CLinux

/// The environment of this process.
public enum ProcessEnvironment {
  /// A copy of all variables; what is not UTF-8 is repaired. To be read before other threads change
  /// the environment, if any does.
  public static var variables: [String: String] {
    var variables: [String: String] = [:]
    var index = 0
    while let entry = unsafe cl_environment_entry(index) {
      index += 1
      let text = unsafe String(cString: entry)
      guard let separator = text.firstIndex(of: "=") else { continue }
      variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
    }
    return variables
  }
}
