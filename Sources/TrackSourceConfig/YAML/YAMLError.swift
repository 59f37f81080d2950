/// Why a text is no document that is read.
struct YAMLError: Error, Sendable {
  var position: YAMLPosition
  var message: String
}
