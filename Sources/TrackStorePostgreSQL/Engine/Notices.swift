import CPostgreSQL

/// What a server says without being asked. Nothing of it goes to stderr; warnings are kept, a few:
/// a COMMIT that did not wait for its standby ends well, with a warning.
///
/// libpq has its address: it outlives the connection.
@safe final class Notices {
  private static let limit = 16
  @safe @exclusivity(unchecked) private var warnings: [PostgreSQLError] = []

  func listen(to handle: OpaquePointer) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    _ = unsafe PQsetNoticeReceiver(handle, receiveNotice, context)
  }

  /// The warnings since this was asked the last time, oldest first.
  func takeWarnings() -> [PostgreSQLError] {
    defer { warnings = [] }
    return warnings
  }

  fileprivate func add(_ notice: PostgreSQLError) {
    if notice.severity == "WARNING" && warnings.count < Self.limit { warnings.append(notice) }
  }
}

private func receiveNotice(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
  guard let context = unsafe context, let result = unsafe result else { return }
  let notices = unsafe Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue()
  notices.add(unsafe PostgreSQLError(of: result))
}
