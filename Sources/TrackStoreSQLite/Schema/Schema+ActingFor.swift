/// Whom an authenticated caller acts for.
extension Schema {
  static let actingFor = """
    ALTER TABLE deployment ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
    ALTER TABLE operation ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
    ALTER TABLE change_log ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
    ALTER TABLE config_revision ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';
    """
}
