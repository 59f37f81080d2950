import CCurl

/// Fetches small documents over https with libcurl. Blocks: for threads that may.
///
/// TLS 1.2 and later, the server's certificate and name checked. A redirect is not followed: it
/// fails, so that a document comes from where it was said to be.
public enum WebFetch {
  /// What an attempt may take.
  public struct Limits: Sendable {
    public var bytes: Int
    /// For the whole of it.
    public var timeout: Duration

    public init(bytes: Int, timeout: Duration) {
      self.bytes = bytes
      self.timeout = timeout
    }
  }

  /// Why there is no document; for the operator.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
  }

  /// Once for the process, before any other thread can have begun.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// - Parameters:
  ///   - url: begins with `https://`.
  ///   - caFile: PEM; nil for the system's certificates.
  /// - Returns: the body of a response with status 200.
  public static func get(
    _ url: String, caFile: String?, limits: Limits
  ) throws(Failure) -> [UInt8] {
    guard isReady else { throw Failure(description: "libcurl cannot be used") }
    let transfer = try Transfer()
    let body = Body(limit: limits.bytes)
    let milliseconds = Int(clamping: Int64(limits.timeout / .milliseconds(1)))
    try transfer.set(CURLOPT_URL, url)
    try transfer.set(CURLOPT_PROTOCOLS_STR, "https")
    try transfer.set(CURLOPT_USERAGENT, "trackd")
    try transfer.set(CURLOPT_FOLLOWLOCATION, 0)
    try transfer.set(CURLOPT_SSL_VERIFYPEER, 1)
    try transfer.set(CURLOPT_SSL_VERIFYHOST, 2)
    try transfer.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    // No signals: other threads run.
    try transfer.set(CURLOPT_NOSIGNAL, 1)
    try transfer.set(CURLOPT_TIMEOUT_MS, milliseconds)
    if let caFile {
      try transfer.set(CURLOPT_CAINFO, caFile)
      // Without this the system's authorities would count beside it.
      try transfer.unset(CURLOPT_CAPATH)
    }
    let status = try transfer.run(into: body)
    guard status == 200 else { throw Failure(description: "the server answers with \(status)") }
    return body.bytes
  }

  /// What has come.
  fileprivate final class Body {
    private(set) var bytes: [UInt8] = []
    private let limit: Int
    private(set) var isTooLong = false

    init(limit: Int) { self.limit = limit }

    /// False when it is too long.
    func append(_ piece: UnsafeRawBufferPointer) -> Bool {
      guard piece.count <= limit - bytes.count else {
        isTooLong = true
        return false
      }
      unsafe bytes.append(contentsOf: piece)
      return true
    }
  }

  /// Owns an easy handle.
  @safe private struct Transfer: ~Copyable {
    private let handle: UnsafeMutableRawPointer

    init() throws(Failure) {
      guard let handle = unsafe curl_easy_init() else {
        throw Failure(description: "libcurl has no memory")
      }
      unsafe self.handle = unsafe handle
    }

    deinit { unsafe curl_easy_cleanup(handle) }

    func set(_ option: CURLoption, _ value: some FixedWidthInteger) throws(Failure) {
      try check(unsafe ccurl_set_number(handle, option, Int(clamping: value)))
    }

    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String) throws(Failure) {
      try check(unsafe ccurl_set_text(handle, option, value))
    }

    /// The option has no text any more.
    func unset(_ option: CURLoption) throws(Failure) {
      try check(unsafe ccurl_set_text(handle, option, nil))
    }

    /// - Returns: the status of the response.
    func run(into body: Body) throws(Failure) -> Int {
      let target = unsafe Unmanaged.passUnretained(body).toOpaque()
      try check(unsafe ccurl_set_writer(handle, writeBody, target))
      let code = withExtendedLifetime(body) { unsafe curl_easy_perform(handle) }
      if body.isTooLong { throw Failure(description: "the document is too long") }
      try check(code)
      return unsafe ccurl_status(handle)
    }

    private func check(_ code: CURLcode) throws(Failure) {
      guard code != CURLE_OK else { return }
      let text = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) }
      throw Failure(description: text ?? "libcurl failed")
    }
  }
}

/// Called by libcurl, with a `Body`. Another result than the number of bytes ends the transfer.
private func writeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ body: UnsafeMutableRawPointer?
) -> Int {
  guard let body = unsafe body, let bytes = unsafe bytes else { return 0 }
  let target = unsafe Unmanaged<WebFetch.Body>.fromOpaque(body).takeUnretainedValue()
  let length = size * count
  let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
  return unsafe target.append(piece) ? length : 0
}
