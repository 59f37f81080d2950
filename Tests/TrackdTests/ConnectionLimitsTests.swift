import EventLoop
import RPCHTTP2
import Testing
import TrackGit

@testable import trackd

/// The limits of connections that follow from flags.
@Suite(.timeLimit(.minutes(2))) struct ConnectionLimitsTests {
  private func limits(_ change: (inout ServeOptions) -> Void = { _ in }) -> ConnectionLimits {
    var options = ServeOptions()
    change(&options)
    return TrackServer.limits(options, loops: 2, git: GitBudget(descriptorLimit: 64))
  }

  @Test func `a connection that never had a call has a minute, or less where all have less`() {
    #expect(limits().idleTimeout == .seconds(1800))
    #expect(limits().unusedTimeout == .seconds(60))
    for seconds in [1, 59, 60, 61] {
      let limits = limits { $0.idleTimeout = .seconds(seconds) }
      #expect(limits.idleTimeout == .seconds(seconds))
      #expect(limits.unusedTimeout == .seconds(min(60, seconds)))
    }
  }

  @Test func `flags are kept`() {
    #expect(limits { $0.grace = .seconds(7) }.graceTime == .seconds(7))
    #expect(limits { $0.maxIdlePerPeer = 3 }.maxIdlePerPeer == 3)
    #expect(limits().maxIdlePerPeer == nil)
    #expect(limits { $0.maxConnections = 5 }.maxConnections == 5)
    let keepalive = limits {
      $0.keepaliveTime = .seconds(3)
      $0.keepaliveTimeout = .seconds(4)
      $0.minPingInterval = .seconds(5)
    }
    #expect(keepalive.keepAlive == KeepAlivePings(time: .seconds(3), timeout: .seconds(4)))
    #expect(keepalive.pings == PingLimits(minInterval: .seconds(5)))
    #expect(limits().age == nil)
    let aged = limits {
      $0.maxConnectionAge = .seconds(6)
      $0.maxConnectionAgeGrace = .seconds(7)
    }
    #expect(aged.age == ConnectionAge(maximum: .seconds(6), grace: .seconds(7)))
  }

  @Test func `connections leave descriptors to the store, the listeners and git`() {
    let budget = GitBudget(descriptorLimit: 64).descriptors
    let most = limits { $0.maxConnections = .max }.maxConnections
    #expect(most == max(1, DescriptorLimit.raise() - (80 + 4 * 2 + budget)))
    let listeners = limits {
      $0.maxConnections = .max
      $0.listen = Array(repeating: .unix(path: "/s"), count: 10)
    }
    #expect(listeners.maxConnections == max(1, most - 10))
  }
}
