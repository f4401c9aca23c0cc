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
}
