import CSQLite

/// A file as it lies on the disk, read through the file system that SQLite uses, before SQLite
/// opens it: whoever closes a file ends the locks that this process has on it.
@safe final class StoredFile {
  private let file: UnsafeMutablePointer<sqlite3_file>
  let size: Int64

  /// Nil where there is no such file.
  static func open(_ path: String, vfs: String?) throws(SQLiteError) -> StoredFile? {
    // Looking for a file system starts SQLite, and after that it takes no settings.
    try Connection.configure()
    var opened: UnsafeMutablePointer<sqlite3_file>?
    let code =
      if let vfs {
        unsafe csqlite_file_open(vfs, path, &opened)
      } else {
        unsafe csqlite_file_open(nil, path, &opened)
      }
    guard code == SQLITE_OK else { throw SQLiteError(reading: path, code) }
    guard let file = unsafe opened else { return nil }
    return try unsafe StoredFile(owning: file, path)
  }

  private init(
    owning file: UnsafeMutablePointer<sqlite3_file>, _ path: String
  ) throws(SQLiteError) {
    var size: sqlite3_int64 = 0
    let code = unsafe csqlite_file_size(file, &size)
    guard code == SQLITE_OK else {
      unsafe csqlite_file_close(file)
      throw SQLiteError(reading: path, code)
    }
    unsafe self.file = file
    self.size = size
  }

  deinit { unsafe csqlite_file_close(file) }

  /// Fills `bytes` from an offset on; the file has to be long enough.
  func read(_ bytes: inout [UInt8], at offset: Int64) throws(SQLiteError) {
    let code = unsafe bytes.withUnsafeMutableBytes {
      unsafe csqlite_file_read(file, $0.baseAddress, Int32($0.count), offset)
    }
    guard code == SQLITE_OK else { throw SQLiteError(reading: "a file of the store", code) }
  }
}

extension SQLiteError {
  fileprivate init(reading what: String, _ code: Int32) {
    self.init(extendedCode: code, message: "\(what) cannot be read")
  }
}
