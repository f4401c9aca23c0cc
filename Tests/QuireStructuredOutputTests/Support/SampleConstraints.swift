import QuireRequests
import QuireStructuredOutput

/// Constraints of every kind, for walks.
enum SampleConstraints {
  static let schemas: [String] = [
    #"{}"#,
    #"{"type":"object"}"#,
    #"{"type":"string"}"#,
    #"{"type":"string","minLength":3,"maxLength":7}"#,
    #"{"type":"string","minLength":40}"#,
    #"{"type":"number"}"#,
    #"{"type":["integer","null","array"]}"#,
    #"{"type":"integer","minimum":-20,"maximum":137}"#,
    #"{"type":"number","exclusiveMinimum":0,"maximum":2.5}"#,
    #"{"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":4}"#,
    #"{"type":"array","prefixItems":[{"type":"integer"},{"enum":["a","bb"]}],"items":{"type":"null"},"minItems":2}"#,
    #"{"enum":["abc","abd",1,12,null,{"a":[1,"b"]}]}"#,
    #"{"const":{"name":"é\n"}}"#,
    #"{"type":"string","pattern":"^[a-c]{2,5}$"}"#,
    #"{"type":"string","pattern":"ab","maxLength":9}"#,
    #"{"type":"string","format":"date-time"}"#,
    #"{"type":"string","format":"email"}"#,
    #"{"type":"string","format":"uri"}"#,
    #"{"type":"string","format":"duration"}"#,
    #"""
    {"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":5},"value":{"type":"number"},
     "tags":{"type":"array","items":{"type":"string","maxLength":3},"maxItems":3},"inner":{"type":"object",
     "properties":{"a":{"type":"boolean"}},"required":["a"],"additionalProperties":false}},
     "required":["name","inner"],"additionalProperties":false}
    """#,
    #"""
    {"type":"object","properties":{"a":{"type":"integer"},"ab":{"type":"boolean"}},"required":["ab"],
     "additionalProperties":{"type":"integer"}}
    """#,
    #"""
    {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"value":{"type":"integer"},
     "children":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["value","children"],
     "additionalProperties":false}}}
    """#,
    #"""
    {"type":"object","properties":{"head":{"type":"string"},"tail":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},
     "required":["head","tail"],"additionalProperties":false}
    """#,
    #"""
    {"anyOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind","x"]},
     {"type":"object","properties":{"kind":{"const":"b"},"x":{"type":"string"}},"required":["kind","x"]},
     {"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"number"},{"type":"string"}]}}]}
    """#,
    #"""
    {"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"type":"object","properties":{"t":{"const":1},
     "n":{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"},{"type":"null"}]}},"required":["t","n"]},
     "b":{"type":"object","properties":{"t":{"const":2},"s":{"type":"string"}},"required":["t"]}}}
    """#,
    #"{"type":"object","required":["k"],"additionalProperties":true}"#,
    #"{"type":"array","items":{"type":"string","minLength":20,"maxLength":60}}"#,
    #"{"type":"object","patternProperties":{"^x-":{"type":"integer"},"y$":{"maximum":9}},"additionalProperties":{"type":"string"}}"#,
    #"{"type":"object","properties":{"a":{},"b":{},"c":{}},"minProperties":2,"maxProperties":2}"#,
    #"{"type":"object","minProperties":1,"maxProperties":3,"propertyNames":{"pattern":"^[a-z]{2,4}$"}}"#,
    #"{"type":"array","items":{"enum":["a","b",1,null]},"uniqueItems":true,"minItems":2}"#,
    #"{"type":"array","items":{"type":"integer"},"contains":{"minimum":5},"minContains":2,"maxContains":3}"#,
    #"{"type":"string","pattern":"^(?=.*[0-9])(?!.*xx)[a-z0-9]{4,12}$"}"#,
    #"{"type":"string","pattern":"a+|b","maxLength":90,"not":{"pattern":"^c"}}"#,
    #"{"type":"string","format":"uri-reference","maxLength":40}"#,
    #"{"type":"string","format":"regex"}"#,
    #"{"type":"number","multipleOf":0.01,"minimum":0,"maximum":100}"#,
    #"{"type":"integer","multipleOf":12,"not":{"enum":[0,24]}}"#,
    #"{"oneOf":[{"type":"integer"},{"type":"number","minimum":2}]}"#,
    #"""
    {"type":"object","properties":{"k":{"enum":["x","y"]},"v":{"type":"integer"},"w":{}},"required":["k"],
     "if":{"properties":{"k":{"const":"x"}}},"then":{"required":["v"]},"else":{"properties":{"v":false}},
     "dependentRequired":{"w":["v"]},"oneOf":[{"required":["v"]},{"required":["w"]},{"properties":{"k":{"const":"y"}}}]}
    """#,
    #"""
    {"allOf":[{"$ref":"#/$defs/a"},{"properties":{"c":{"$ref":"#/$defs/a"}},"required":["c"]}],
     "unevaluatedProperties":false,"$defs":{"a":{"type":"object","properties":{"b":{"type":"string","maxLength":3},
     "n":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}}}}}
    """#,
  ]

  static let regexes: [String] = [
    "[a-z]+@[a-z]+\\.(com|org)", "(yes|no)( because .{1,40})?", "\\d{3}-\\d{4}", "(a|b)*abb", "é+日?", "x*",
    "[^a]{5,9}",
    "([A-Z][a-z]+ ){2,4}",
  ]

  static let choices: [[String]] = [
    ["yes", "no"], ["a", "ab", "abc", "b"], ["日本", "日", "é"], ["name", "names"],
  ]

  static let all: [OutputConstraint] =
    [.jsonObject] + schemas.map { .jsonSchema($0) } + regexes.map { .regex($0) } + choices.map { .choice($0) }
    + SampleGrammars.all
}
