import Testing

@testable import TrackStorePostgreSQL

@Suite(.timeLimit(.minutes(2))) struct ParameterMarksTests {
  @Test(arguments: [
    ("SELECT 1", "SELECT 1", 0),
    ("SELECT ?1", "SELECT $1", 1),
    ("a = ?2 AND b IN (?1,?12) OR c=?2", "a = $2 AND b IN ($1,$12) OR c=$2", 12),
    ("?1::int + ?1", "$1::int + $1", 1),
    // Operators of jsonb.
    ("a ? 'b' AND c ?| ?1", "a ? 'b' AND c ?| $1", 1),
    ("'?1' || ?1", "'?1' || $1", 1),
    ("'it''s ?1' || ?2", "'it''s ?1' || $2", 2),
    (#"'a\' || ?1 || 'b'"#, #"'a\' || $1 || 'b'"#, 1),
    (#"E'a\'?1' || ?1"#, #"E'a\'?1' || $1"#, 1),
    (#"E'a\\' || ?1"#, #"E'a\\' || $1"#, 1),
    (#""a?1" = ?1"#, #""a?1" = $1"#, 1),
    ("?1 -- ?2\n, ?3", "$1 -- ?2\n, $3", 3),
    ("?1 /* ?2 /* ?3 */ ?4 */ ?5", "$1 /* ?2 /* ?3 */ ?4 */ $5", 5),
    ("$$ ?1 $$ ?2", "$$ ?1 $$ $2", 2),
    ("$a_1$ ?1 $$ $a_1$ ?2", "$a_1$ ?1 $$ $a_1$ $2", 2),
    ("a - ?1 / ?2", "a - $1 / $2", 2),
    // Broken ones end somewhere.
    ("'?1", "'?1", 0), ("/* ?1", "/* ?1", 0), ("$$?1", "$$?1", 0), ("-- ?1", "-- ?1", 0),
    ("?", "?", 0), ("'", "'", 0), ("", "", 0), ("'ü?1' ?1", "'ü?1' $1", 1),
  ])
  func `parameters are numbered as PostgreSQL numbers them`(
    query: String, text: String, count: Int
  ) {
    let marks = ParameterMarks(query)
    #expect(marks.text == text)
    #expect(marks.count == count)
  }
}
