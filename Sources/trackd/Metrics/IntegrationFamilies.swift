import Telemetry
import TrackGit
import TrackServices

/// What is told of git and of watches.
enum IntegrationFamilies {
  static func make(_ git: GitMetrics, _ watch: WatchHub) -> [MetricFamily] {
    [
      MetricFamily(
        .histogram, "trackd_git_command_seconds",
        "Time that a command of git took, by its name and outcome.", labels: ["command", "outcome"]
      ) { samples in
        for (key, times) in git.commands {
          samples.add([key.command, key.outcome.rawValue], times)
        }
      },
      .gauge("trackd_watchers", "Watches of tracks that are open.") {
        Double(watch.watcherCount)
      },
    ]
  }
}
