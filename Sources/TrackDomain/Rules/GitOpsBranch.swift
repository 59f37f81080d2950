/// The branch of a GitOps repository: Git's rules for branches, without spaces.
public enum GitOpsBranch {
  /// The longest part between slashes, in bytes: Git appends `.lock`, and file systems allow names
  /// of 255.
  private static let maximumSegment = 250

  /// Checks a name that is not empty.
  public static func check(_ name: String) throws(InvalidValue) {
    try BranchName.check(name)
    if name.contains(" ") { throw invalid("must not hold spaces") }
    if name == "HEAD" || name.hasPrefix("refs/") {
      throw invalid("must be the name of a branch, such as 'main'")
    }
    guard name.utf8.split(separator: UInt8(ascii: "/")).allSatisfy({ $0.count <= maximumSegment })
    else { throw invalid("must have segments of at most \(maximumSegment) bytes") }
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidBranch, description)
  }
}
