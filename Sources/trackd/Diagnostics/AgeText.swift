/// How long ago something was, for people: `12 s ago`, `3 min ago`, `2 h ago`, `5 days ago`.
enum AgeText {
  static func ago(_ age: Duration) -> String { "\(text(age)) ago" }

  static func text(_ age: Duration) -> String {
    let seconds = max(0, age.components.seconds)
    return switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) days"
    }
  }
}
