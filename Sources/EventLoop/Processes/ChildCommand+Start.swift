import CLinux
import Glibc

extension ChildCommand {
  /// Starts the program; the caller waits for it and closes its descriptors.
  func start() throws(SystemError) -> cl_child {
    guard isSound else { throw SystemError(call: "execve", errno: EINVAL) }
    var child = cl_child()
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    let result = unsafe Self.withTexts([path] + arguments) { arguments in
      unsafe Self.withTexts(variables) { variables in
        unsafe Self.withText(directory) { directory in
          unsafe path.withCString { path in
            var command = unsafe cl_command(
              path: path, arguments: arguments, environment: variables, directory: directory,
              file_bytes: maximumFileBytes ?? 0)
            return unsafe cl_child_start(&command, &child)
          }
        }
      }
    }
    guard result >= 0 else { throw SystemError(call: "execve", errno: Int32(-result)) }
    return child
  }

  /// The texts as C has them, behind them NULL.
  private static func withTexts<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> R
  ) -> R {
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }

  private static func withText<R>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> R
  ) -> R {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
  }
}
