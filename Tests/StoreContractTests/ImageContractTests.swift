import TestSupport
import Testing
import TrackDomain

/// The contract of images.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct ImageContractTests: StoreContract {
  @Test func `an image is found by its id and by its save, with all of its fields`() async throws {
    var bare = Samples.image("bare")
    bare.images = []
    bare.ports = []
    bare.gitopsHash = ""
    bare.createdBy = ""
    let images = [
      Samples.image("i1", commit: "0f", at: 1), bare, Samples.image("loose", of: "", at: 3),
    ]
    try await withReopenedStore {
      try Samples.putTracks($0)
      for image in images { try $0.insertImage(image) }
    } check: { store in
      for image in images {
        try await expectRead(store, image) { try $0.image(componentId: "cart", id: image.id) }
        try await expectRead(store, image) {
          try $0.image(
            componentId: "cart", savedTrackId: image.savedTrackId, runId: image.runId)
        }
      }
      try await expectRead(store, nil) { try $0.image(componentId: "site", id: "i1") }
      try await expectRead(store, nil) { try $0.image(componentId: "cart", id: "i2") }
      try await expectRead(store, nil) {
        try $0.image(componentId: "cart", savedTrackId: "t2", runId: "run-i1")
      }
    }
  }

  @Test func `pages go from the newest to the oldest, and equal times by id`() async throws {
    try await withReopenedStore {
      try Samples.putTracks($0)
      for number in 0..<25 {
        try $0.insertImage(Samples.image("i\(number + 10)", at: Int64(number / 5)))
      }
      try $0.insertImage(Samples.image("other", of: "t2"))
      try $0.insertImage(Samples.image("loose", of: ""))
    } check: { store in
      var found: [String] = []
      var place: ImageKey?
      var pages = 0
      repeat {
        let page = try await store.read { [place] in
          try $0.images(ImageQuery(componentId: "cart", trackId: "t1", after: place, limit: 5))
        }
        found += page.images.map(\.id)
        place = page.next
        pages += 1
      } while place != nil && pages < 9
      #expect(found == (0..<25).reversed().map { "i\($0 + 10)" })
      #expect(pages == 5)
      // A page also says where its images are active, and whether others are unversioned.
      let binding = Samples.binding(deployment: "d1", image: "i30")
      try await store.write {
        if try $0.binding(componentId: "cart", trackId: "t1", environmentId: "dev") != nil {
          return
        }
        try $0.insertDeployment(Samples.deployment("d1", of: "i30", state: .succeeded))
        try $0.putBinding(binding)
      }
      for (trackId, expected) in [("t1", [binding]), ("t2", []), ("t9", [])] {
        let page = try await store.read {
          try $0.images(ImageQuery(componentId: "cart", trackId: trackId, after: nil, limit: 2))
        }
        #expect(page.component?.id == "cart" && page.bindings == expected)
        #expect(page.hasTrack == (trackId != "t9") && page.hasUnversioned)
      }
      try await expectRead(store, ImagePage(images: [], next: nil)) {
        try $0.images(ImageQuery(componentId: "nobody", trackId: "t1", after: nil, limit: 5))
      }
    }
  }

  @Test func `unversioned images are read oldest first until they get a track`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for number in [3, 1, 2] {
          try $0.insertImage(Samples.image("i\(number)", of: "", at: Int64(number)))
        }
      }
      let loose = try await store.read {
        try $0.unversionedImages(componentId: "cart", limit: 2)
      }
      #expect(loose.map(\.id) == ["i1", "i2"])
      var adopted = loose[0]
      adopted.trackId = "t2"
      adopted.updatedAt = Samples.time(9)
      try await store.write { [adopted] in try $0.updateImage(adopted) }
      try await expectRead(store, adopted) { try $0.image(componentId: "cart", id: "i1") }
      try await expectRead(store, ["i2", "i3"]) {
        try $0.unversionedImages(componentId: "cart", limit: 9).map(\.id)
      }
      // The image is still found by its save.
      try await expectRead(store, adopted) {
        try $0.image(componentId: "cart", savedTrackId: "", runId: "run-i1")
      }
      try await expectRead(store, [adopted]) {
        try $0.images(ImageQuery(componentId: "cart", trackId: "t2", after: nil, limit: 9)).images
      }
    }
  }

  @Test func `current images of a commit are those that are not superseded`() async throws {
    var old = Samples.image("i1", commit: "0f", at: 1)
    old.isSuperseded = true
    try await withReopenedStore { [old] in
      try Samples.putTracks($0)
      try $0.insertImage(old)
      try $0.insertImage(Samples.image("i3", commit: "0f", at: 3))
      try $0.insertImage(Samples.image("i2", commit: "0f", at: 2))
      try $0.insertImage(Samples.image("i4", commit: "aa"))
      try $0.insertImage(Samples.image("i5", of: "t2", commit: "0f"))
      try $0.insertImage(Samples.image("i6"))
    } check: { store in
      func ids(_ commit: String, limit: Int = 9) async throws -> [String] {
        try await store.read {
          try $0.currentImages(
            componentId: "cart", trackId: "t1", commitHash: commit, limit: limit
          ).map(\.id)
        }
      }
      let found = [try await ids("0f"), try await ids("0f", limit: 1), try await ids("")]
      #expect(found == [["i2", "i3"], ["i2"], []])
    }
  }

  @Test func `the schema refuses what breaks the rules of images`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertImage(Samples.image("i1"))
      }
      await expectRefusal(store) { try $0.insertImage(Samples.image("i1", of: "t2")) }
      await expectRefusal(store) {
        var again = Samples.image("i2")
        again.runId = "run-i1"
        try $0.insertImage(again)
      }
      await expectRefusal(store) { try $0.insertImage(Samples.image("i3", of: "nobody")) }
      await expectRefusal(store) { try $0.insertImage(Samples.image("i4", component: "nobody")) }
      await expectRefusal(store) {
        var moved = Samples.image("i1")
        moved.trackId = "t2"
        try $0.updateImage(moved)
      }
      await expectRefusal(store) { try $0.updateImage(Samples.image("nobody")) }
      // The same run for another track makes another image.
      try await store.write {
        var other = Samples.image("i5", of: "t2")
        other.runId = "run-i1"
        try $0.insertImage(other)
      }
    }
  }

  @Test func `a component with an unversioned image is in use`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      try await expectRead(store, false) {
        try !$0.uses(of: .component, id: "cart", limit: 1).isEmpty
      }
      try await store.write { try $0.insertImage(Samples.image("i1", of: "")) }
      try await expectRead(store, true) {
        try !$0.uses(of: .component, id: "cart", limit: 1).isEmpty
      }
      await expectRefusal(store) { try $0.deleteCatalogResource(.component, id: "cart") }
    }
  }
}
