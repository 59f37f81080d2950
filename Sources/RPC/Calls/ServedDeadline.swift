/// The deadline of the call that the current task serves, which the calls that it makes inherit.
enum ServedDeadline {
  /// Bound only where there is one: binding costs a call some hundred instructions.
  @TaskLocal static var current: Deadline?
}
