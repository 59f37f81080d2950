/// What makes a request malformed (RFC 9113 sections 8.1 to 8.5). The raw value says it for logs.
///
/// Less than the RFC has: gRPC's clients send `:authority` with the path of a socket, empty or not
/// at all, and values with blanks at their ends; gRPC's servers answer them.
public enum RequestFault: String, CaseIterable, Sendable {
  case repeatedPseudoField = "a pseudo-field comes twice"
  case unknownPseudoField = "a pseudo-field that no request has"
  case latePseudoField = "a pseudo-field behind a field"
  case emptyPseudoField = "an empty :method or :scheme"
  case missingPseudoField = "no :method, :scheme or :path"
  case invalidPath = "a :path that does not begin with a slash, or has a blank"
  case invalidConnect = "CONNECT with :scheme or :path, or without :authority"
  case upperCaseName = "a field name in upper case"
  case invalidName = "a field name with a character that none has"
  case invalidValue = "a value with NUL, CR or LF"
  case connectionField = "a field about an HTTP/1 connection"
  case invalidTE = "te other than trailers"
  case repeatedHost = "host comes twice"
  case invalidContentLength = "content-length is no number, or comes twice"
  case wrongContentLength = "a body of another length than content-length has"
  case unfinishedTrailers = "a second header block that does not end the request"
}
