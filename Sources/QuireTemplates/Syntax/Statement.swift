/// A statement of a template and the place of its tag.
struct Statement: Sendable {
  /// The forms of statements. A scope is numbered over the template; the analysis of scopes says what is in it.
  indirect enum Kind: Sendable {
    case text(TemplateText)
    case output([Expression])
    /// The branches of `if` and `elif`, and what `else` holds.
    case branches([Branch], otherwise: [Statement])
    case loop(Loop)
    case assignment(Target, Expression)
    case blockAssignment(Target, filter: Expression?, body: Body)
    case macro(Site, Macro)
    case call(Expression, Macro)
    case filter(Expression, body: Body)
    case with([(target: Target, value: Expression)], body: Body)
    /// The block that marks what the model says, for training; it only encloses its names here.
    case generation(Body)
    case breakLoop
    case continueLoop
  }

  /// What it is.
  let kind: Kind
  /// Where its tag begins.
  let place: TemplateError.Place
}

/// Statements with names of their own.
struct Body: Sendable {
  /// The scope's number.
  let scope: Int
  /// The statements in order.
  let statements: [Statement]
}

/// A condition and what it guards.
struct Branch: Sendable {
  /// What must be true.
  let test: Expression
  /// The statements in order.
  let statements: [Statement]
}

/// A loop over elements.
struct Loop: Sendable {
  /// What each element is assigned to.
  let target: Target
  /// What has the elements.
  let elements: Expression
  /// A condition on elements, with the scope that it is evaluated in.
  let test: (scope: Int, condition: Expression)?
  /// Whether `loop` can be called on elements of elements.
  let isRecursive: Bool
  /// What runs for each element.
  let body: Body
  /// The site of the name `loop` within the body.
  let loopSite: Site
  /// What runs where no element came to its end.
  let otherwise: Body?
}

/// A macro, or the body of a call block.
struct Macro: Sendable {
  /// The name, nil for a call block.
  let name: String?
  /// The parameters in order.
  let parameters: [Parameter]
  /// Sites of the special names that the body reads and no parameter declares, nil where it does not.
  let caller, kwargs, varargs: Site?
  /// What a call runs.
  let body: Body

  /// A parameter of a macro.
  struct Parameter: Sendable {
    /// The parameter's name.
    let site: Site
    /// The value where no argument comes.
    let standard: Expression?
  }
}

/// What a value is assigned to.
indirect enum Target: Sendable {
  case name(Site)
  case attribute(namespace: Site, name: String)
  case tuple([Target])
}
