import RPCServices
import Testing

@Suite(.timeLimit(.minutes(2))) struct HealthRegistryTests {
  @Test func `after the shutdown what is set later is ignored`() {
    let registry = HealthRegistry(services: ["a.B"])
    registry.shutDown()
    registry.set(.serving, for: "a.B")
    registry.set(.serving, for: "late.One")
    registry.setAll(.serving)
    #expect(registry.status(of: "") == .notServing)
    #expect(registry.status(of: "a.B") == .notServing)
    #expect(registry.status(of: "late.One") == nil)
  }

  @Test func `all can be set at once`() {
    let registry = HealthRegistry(services: ["a.B", "c.D"])
    registry.setAll(.notServing)
    #expect(registry.statuses.map(\.status) == [.notServing, .notServing, .notServing])
    registry.setAll(.serving)
    #expect(registry.statuses.map(\.service) == ["", "a.B", "c.D"])
    #expect(registry.status(of: "c.D") == .serving)
  }

  @Test func `tasks that set at the same time lose nothing`() async {
    let registry = HealthRegistry()
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask {
          for number in 0..<50 {
            registry.set(.serving, for: "service.\(number)")
            registry.set(.notServing, for: "task.\(task).\(number)")
          }
        }
      }
    }
    let count = registry.statuses.count
    #expect(count == 451)
    #expect(Set(registry.statuses.map(\.service)).count == registry.statuses.count)
    #expect(registry.status(of: "service.49") == .serving)
    #expect(registry.status(of: "task.7.49") == .notServing)
  }
}
