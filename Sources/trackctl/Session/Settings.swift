import RPC
import TLS

/// The values of the global flags and the environment.
struct Settings: Sendable {
  let server: String
  /// The files of TLS; nil for cleartext.
  let tls: ClientTLSFiles?
  /// How long one call may take.
  let timeout: Duration
  let format: OutputFormat
  /// Whether calls only check, without effect.
  let isCheck: Bool
  /// Proves who calls; nil for nobody.
  let credentials: TokenFile?
  /// The caller's name, as metadata.
  let metadata: Metadata

  static let defaultServer = "127.0.0.1:\(ServerAddress.standardPort)"

  init(_ arguments: Arguments, environment: [String: String]) throws(UsageError) {
    let values = SettingValues(arguments: arguments, environment: environment)
    server = try Self.server(values, arguments)
    tls = try TLSChoice(values).files(arguments)
    timeout = try Self.timeout(values, arguments)
    format = arguments.text(GlobalFlags.output).flatMap(OutputFormat.init) ?? .table
    isCheck = arguments.has(CommonFlags.validateOnly)
    credentials = try TokenFile(values, server: server, hasTLS: tls != nil, arguments)
    // Who is known by a token, a certificate or the user of a Unix socket acts for others only when
    // told so.
    let isKnown =
      credentials != nil || tls?.certificate != nil || server.hasPrefix("unix")
    metadata = try ActorName(values, isKnown: isKnown).metadata(arguments)
  }

  private static func server(
    _ values: SettingValues, _ arguments: Arguments
  ) throws(UsageError) -> String {
    guard let given = values.first(GlobalFlags.server, "TRACKCTL_SERVER") else {
      return defaultServer
    }
    guard !given.text.isEmpty else { throw arguments.usage("\(given.source) is empty") }
    do throws(ServerAddress.Mistake) {
      return try ServerAddress(given.text).target
    } catch {
      throw arguments.usage("\(given.source): \(error.text)")
    }
  }

  private static func timeout(
    _ values: SettingValues, _ arguments: Arguments
  ) throws(UsageError) -> Duration {
    guard let given = values.first(GlobalFlags.timeout, "TRACKCTL_TIMEOUT") else {
      return .seconds(30)
    }
    guard let seconds = Double(given.text), seconds > 0, seconds <= 86_400 else {
      throw arguments.usage(
        "\(given.source): '\(given.text)' is not a number of seconds up to a day")
    }
    return .seconds(seconds)
  }
}

/// Values with their sources.
struct SettingValues {
  struct Value {
    let text: String
    /// The flag or the variable.
    let source: String
  }

  let arguments: Arguments
  let environment: [String: String]

  /// The flag, else the first of the variables that is not empty.
  func first(_ flag: Flag, _ variables: String...) -> Value? {
    if let text = arguments.text(flag) { return Value(text: text, source: "--\(flag.name)") }
    for variable in variables {
      guard let text = environment[variable], !text.isEmpty else { continue }
      return Value(text: text, source: variable)
    }
    return nil
  }
}

/// The caller's name in the history.
struct ActorName {
  /// The longest name that trackd accepts, in characters.
  static let maximumLength = 255
  private let name: String
  private let source: String

  /// - Parameter isKnown: the server knows the caller by other means.
  init(_ values: SettingValues, isKnown: Bool) {
    let given =
      isKnown
      ? values.first(GlobalFlags.actor, "TRACKCTL_ACTOR")
      : values.first(GlobalFlags.actor, "TRACKCTL_ACTOR", "USER")
    // Blanks around a name are not part of it, and HTTP/2 allows none there.
    name = (given?.text ?? "").withoutBlanks
    source = given?.source ?? ""
  }

  /// Text metadata is printable ASCII: any other name is sent as bytes, under the key for bytes.
  func metadata(_ arguments: Arguments) throws(UsageError) -> Metadata {
    var metadata = Metadata()
    let name = try checked(arguments)
    guard !name.isEmpty else { return metadata }
    do throws(MetadataError) {
      if name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
        try metadata.add("trackd-actor", name)
      } else {
        try metadata.addBinary("trackd-actor-bin", Array(name.utf8))
      }
    } catch {
      throw arguments.usage("\(source): '\(name)' cannot be sent")
    }
    return metadata
  }

  /// The system's name of the user was not chosen for trackd: characters that trackd would refuse
  /// are replaced in it.
  private func checked(_ arguments: Arguments) throws(UsageError) -> String {
    let isChosen = source != "USER"
    if isChosen, name.unicodeScalars.contains(where: Self.isControl) {
      throw arguments.usage("\(source): a name has no control characters")
    }
    if isChosen, name.unicodeScalars.count > Self.maximumLength {
      throw arguments.usage("\(source): a name has at most \(Self.maximumLength) characters")
    }
    var mended = String.UnicodeScalarView()
    for scalar in name.unicodeScalars.prefix(Self.maximumLength) {
      mended.append(Self.isControl(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(mended)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }
}

extension String {
  /// Without blanks at either end.
  fileprivate var withoutBlanks: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
