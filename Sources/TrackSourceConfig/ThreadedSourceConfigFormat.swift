public import EventLoop
public import TrackDomain

/// A format that moves large files to a thread: hostile ones take tens of milliseconds, which would
/// block an event loop. Any thread.
public final class ThreadedSourceConfigFormat: SourceConfigFormat {
  /// Larger files go to the thread. Usual files are smaller, and take less time than a hop.
  private static let inlineBytes = 16 << 10

  private let format: YAMLSourceConfigFormat
  private let thread: BlockingThread

  /// Starts the thread.
  public init(_ format: YAMLSourceConfigFormat = YAMLSourceConfigFormat()) throws(SystemError) {
    self.format = format
    thread = try BlockingThread(name: "source-configs")
  }

  public var maximumBytes: Int { format.maximumBytes }

  public func read(
    fileName: String, content: [UInt8]
  ) async throws(SourceConfigError) -> SourceConfig {
    try await run(content) { [format] () throws(SourceConfigError) in
      try format.read(fileName: fileName, content: content)
    }
  }

  public func migrate(
    fileName: String, content: [UInt8]
  ) async throws(SourceConfigError) -> MigratedSourceConfig {
    try await run(content) { [format] () throws(SourceConfigError) in
      try format.migrate(fileName: fileName, content: content)
    }
  }

  /// Ends the thread. Called once, when the format is no longer used.
  public func shutdown() async {
    await thread.shutdown()
  }

  private func run<Value: Sendable>(
    _ content: [UInt8], _ body: @escaping @Sendable () throws(SourceConfigError) -> Value
  ) async throws(SourceConfigError) -> Value {
    if content.count <= Self.inlineBytes { return try body() }
    let result = try? await thread.run { () -> Result<Value, SourceConfigError> in
      Result { () throws(SourceConfigError) in try body() }
    }
    // No result: the thread has ended already.
    guard let result else { return try body() }
    return try result.get()
  }
}
