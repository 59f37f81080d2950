/// When a server refuses new calls because it has too much to do already, besides
/// `RPCLimits.maxHandlersInFlight`: calls in progress go on, and health checks are always answered.
///
/// Memory and the loops' lag are looked at while there are connections. Above a limit the
/// connections whose handlers take more than their fair part of those that run are refused first,
/// and all of them when that does not help. Below nine tenths of the limit of memory, or half of
/// that of the lag, calls are taken again.
public struct LoadShedding: Sendable {
  /// Bytes of the process in memory above which calls are refused; nil: any number.
  public var maxMemoryBytes: Int?
  /// How many they are now; nil when that is not known. Called at most once a second, on the thread
  /// of some loop: it must not wait.
  public var memoryInUse: (@Sendable () -> Int?)?
  /// How late a loop may come to the work that is due. A loop that is later for `lateLooks` looks
  /// refuses new calls; nil: however late it is.
  public var maxLoopLag: Duration? = .milliseconds(500)
  /// Looks in a row, each when a loop looks after its connections: at least once a second.
  public var lateLooks = 3

  public init() {}
}
