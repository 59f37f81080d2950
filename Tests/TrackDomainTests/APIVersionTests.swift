import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct APIVersionTests {
  @Test(arguments: [
    ("v0.0", 0, 0), ("v1.2", 1, 2), ("v10.0", 10, 0), ("v0.10", 0, 10),
    ("v2147483647.2147483647", Int32.max, Int32.max),
  ])
  func `reads major and minor`(text: String, major: Int32, minor: Int32) {
    let version = APIVersion(text)
    #expect(version == APIVersion(major: major, minor: minor))
    #expect(version?.description == text)
  }

  @Test(arguments: [
    "", "v", "v1", "v1.", "v.1", "1.0", "V1.0", "v1.0.0", "v01.0", "v1.00", "v1.01", "v-1.0",
    "v1.-0", "v+1.0", " v1.0", "v1.0 ", "v1 .0", "v1.0\n", "v1.0\u{0}", "v2147483648.0",
    "v1.2147483648", "v99999999999999999999999.0", "v١.٠", "v1,0", "vv1.0", "v1..0",
  ])
  func `refuses anything else`(text: String) {
    #expect(APIVersion(text) == nil)
  }

  @Test func `compares by number`() throws {
    let texts = ["v0.0", "v0.9", "v0.10", "v1.0", "v1.9", "v1.10", "v2.0", "v10.0"]
    let versions = try texts.map { try #require(APIVersion($0)) }
    #expect(versions.shuffled().sorted() == versions)
  }
}
