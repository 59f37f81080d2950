/// Digests of container images: an algorithm, `:`, and as many hexadecimal digits as the algorithm
/// gives.
///
/// The algorithms are those of OCI's image specification and of the distribution project.
public enum ImageDigest {
  private static let digits: [String: Int] = ["sha256": 64, "sha384": 96, "sha512": 128]

  /// `digest` in lower case, if it is a digest.
  public static func check(_ digest: String) throws(InvalidValue) -> String {
    let parts = digest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let count = digits[String(parts[0])], parts[1].utf8.count == count,
      parts[1].utf8.allSatisfy(HexDigit.isValid)
    else {
      throw InvalidValue(
        .invalidImage,
        "must have a digest of sha256: and 64, sha384: and 96, or sha512: and 128 hexadecimal "
          + "digits")
    }
    return HexDigit.lowercased(digest)
  }
}
