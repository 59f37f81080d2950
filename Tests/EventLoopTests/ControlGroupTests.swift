import Testing

@testable import EventLoop

@Suite(.timeLimit(.minutes(2))) struct ControlGroupTests {
  private func limit(_ files: [String: String]) -> Int? {
    ControlGroup.memoryLimit { files[$0] }
  }

  @Test func `the least bound of the group and those above it counts`() {
    #expect(
      limit([
        "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n",
        "/sys/fs/cgroup/a/b/memory.high": "3000\n", "/sys/fs/cgroup/a/memory.max": "2000\n",
      ]) == 2000)
  }

  @Test func `a container's own folder is the root`() {
    #expect(
      limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1000\n"]) == 1000)
  }

  @Test func `version 1 says that there is none with a large number`() {
    let group = "12:cpu,memory:/docker/abc\n1:name=systemd:/\n"
    let file = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    #expect(limit(["/proc/self/cgroup": group, file: "9223372036854771712\n"]) == nil)
    #expect(limit(["/proc/self/cgroup": group, file: "4096\n"]) == 4096)
  }

  @Test(arguments: ["", "nonsense", "0::", "a:b", "0::/\n0::/\n"])
  func `what is not there bounds nothing`(groups: String) {
    #expect(limit(["/proc/self/cgroup": groups]) == nil)
    #expect(limit([:]) == nil)
  }

  @Test(arguments: ["", "max", "-5", "0", "1x", "99999999999999999999999"])
  func `what is no number bounds nothing`(text: String) {
    #expect(limit(["/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": text]) == nil)
  }

  @Test func `the real files can be read`() {
    if let limit = ControlGroup.memoryLimit { #expect(limit > 1 << 20) }
  }
}
