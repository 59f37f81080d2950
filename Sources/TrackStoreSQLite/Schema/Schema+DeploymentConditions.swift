/// What a deployment has to hold to when its publication begins. What was accepted before has no
/// such conditions.
extension Schema {
  static let deploymentConditions = """
    ALTER TABLE operation ADD COLUMN expected_current_id TEXT NOT NULL DEFAULT '';
    ALTER TABLE operation ADD COLUMN promoted_from TEXT NOT NULL DEFAULT '';
    ALTER TABLE operation ADD COLUMN bypass_reason TEXT NOT NULL DEFAULT '';
    """
}
