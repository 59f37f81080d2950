/// Which rollback holds auto-deploy is told by the history, too.
extension Schema {
  static let holds = """
    ALTER TABLE deployment ADD COLUMN holds_auto_deploy INTEGER NOT NULL DEFAULT 0
      CHECK (holds_auto_deploy IN (0, 1));
    UPDATE deployment SET holds_auto_deploy = 1
      WHERE id IN (SELECT held_by FROM binding WHERE held_by <> '');
    """
}
