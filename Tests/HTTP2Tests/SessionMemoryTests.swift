import CNGHTTP2
import CSessionMemory
import Testing

/// The free lists that nghttp2 takes its memory from. In a build that checks the use of memory
/// there are none.
@Suite(.timeLimit(.minutes(2))) struct SessionMemoryTests {
  private var methods: nghttp2_mem? { unsafe csessionmemory()?.pointee }

  private func take(_ size: Int) throws -> UnsafeMutableRawPointer {
    try unsafe #require(methods?.malloc(size, nil))
  }

  private func giveBack(_ block: UnsafeMutableRawPointer) { unsafe methods?.free(block, nil) }

  @Test(arguments: [1, 24, 25, 100, 232, 500])
  func `A freed block is the next of its size`(size: Int) throws {
    guard unsafe methods != nil else { return }
    let first = try unsafe take(size)
    let real = unsafe csessionmemory_size(first)
    // The least block has 24 bytes, and a rest that would be no block of its own stays in it.
    #expect((size...max(size, 24) + 32).contains(real))
    unsafe giveBack(first)
    let second = try unsafe take(min(real, 520))
    let isSame = unsafe first == second
    #expect(isSame || real > 520)
    unsafe giveBack(second)
  }

  @Test func `Blocks in use share no byte, whatever was freed before`() throws {
    guard unsafe methods != nil else { return }
    for _ in 0..<3 {
      // More than are kept of one size, and sizes beyond those that are kept.
      let sizes = Array(0...600) + Array(repeating: 100, count: 600)
      let blocks = try unsafe sizes.map { try unsafe take($0) }
      for index in sizes.indices {
        let octet = UInt8(truncatingIfNeeded: index)
        unsafe blocks[index].initializeMemory(as: UInt8.self, repeating: octet, count: sizes[index])
      }
      for index in sizes.indices {
        let octets = unsafe UnsafeRawBufferPointer(start: blocks[index], count: sizes[index])
        #expect(unsafe octets.allSatisfy { $0 == UInt8(truncatingIfNeeded: index) })
      }
      for index in sizes.indices { unsafe giveBack(blocks[index]) }
    }
  }

  @Test func `Cleared blocks are clear`() throws {
    guard unsafe methods != nil else { return }
    let used = try unsafe take(96)
    unsafe used.initializeMemory(as: UInt8.self, repeating: 7, count: 96)
    unsafe giveBack(used)
    for count in [12, 1000] {
      let block = try unsafe #require(methods?.calloc(count, 8, nil))
      let octets = unsafe UnsafeRawBufferPointer(start: block, count: count * 8)
      #expect(unsafe octets.allSatisfy { $0 == 0 })
      unsafe giveBack(block)
    }
    let isRefused = unsafe methods?.calloc(.max, 8, nil) == nil
    #expect(isRefused)
  }

  @Test func `A resized block keeps its bytes`() throws {
    guard unsafe methods != nil else { return }
    var block = try unsafe take(50)
    unsafe block.initializeMemory(as: UInt8.self, repeating: 9, count: 50)
    for size in [80, 5000, 50] {
      let resized = unsafe methods?.realloc(block, size, nil)
      unsafe block = try unsafe #require(resized)
      let octets = unsafe UnsafeRawBufferPointer(start: block, count: 50)
      #expect(unsafe octets.allSatisfy { $0 == 9 })
    }
    unsafe giveBack(block)
    unsafe methods?.free(nil, nil)
  }
}
