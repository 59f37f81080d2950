import EventLoop
import TestSupport
import Testing
import TrackDomain

/// The contract of reads that answer at once, and of commit stamps.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct ReadingContractTests: StoreContract {
  @Test func `a store answers at once as it answers later, or not at all`() async throws {
    let loop = try EventLoop(name: "loop")
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      let (atOnce, later) = try await Task(executorPreference: loop) {
        let atOnce = try store.readAtOnce { try $0.track(componentId: "cart", id: "t1") }
        return (atOnce, try await store.read { try $0.track(componentId: "cart", id: "t1") })
      }.value
      #expect(later?.id == "t1")
      #expect((atOnce == nil) == (ContractStore.current != .sqlite))
      if let atOnce { #expect(atOnce == later) }
    }
    await loop.shutdown()
  }

  @Test func `a number that a component has changes with a write of it`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putTracks($0) }
      guard let before = store.commitStamp(ofComponent: "cart") else {
        #expect(ContractStore.current != .sqlite)
        return
      }
      _ = try await store.read { try $0.track(componentId: "cart", id: "t1") }
      #expect(store.commitStamp(ofComponent: "cart") == before)
      try await store.write(.component("cart")) {
        try $0.insertTrack(Samples.track("t3", branch: "b"))
      }
      #expect(store.commitStamp(ofComponent: "cart") != before)
    }
  }
}
