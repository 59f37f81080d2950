/// The version of what this package builds: `trackd --version`, `trackctl doctor`.
public enum ProductVersion {
  public static let current = "0.1.0"
}
