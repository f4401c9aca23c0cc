/// What the names of a template refer to, known before it runs: in Jinja a name's scope depends on where it stands alone.
struct ScopeTable: Sendable {
  /// Where a name's value stands: so many scopes further out, in that slot.
  struct Reference: Sendable {
    let level: Int
    let slot: Int
  }

  /// How a slot is filled when its scope is entered.
  enum Load: Sendable {
    /// From the variables handed in, or the functions beside them.
    case global(name: String)
    /// With the value that the scopes further out have at this time; the level counts from the scope itself.
    case outer(Reference)
  }

  /// The names of one scope.
  struct Scope: Sendable {
    /// How many slots it has.
    var slotCount = 0
    /// What fills slots when it is entered; all others begin without value.
    var loads: [(slot: Int, load: Load)] = []
  }

  /// The scopes by their numbers; the template's own is 0.
  var scopes: [Scope]
  /// What each site refers to.
  var references: [Reference]
  /// Names that are read from outside the template.
  var variableNames: Set<String> = []
}
