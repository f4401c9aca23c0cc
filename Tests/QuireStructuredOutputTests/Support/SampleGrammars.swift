import QuireRequests

/// Grammars and structural tags of every kind, for walks.
enum SampleGrammars {
  static let gbnf: [String] = [
    #"root ::= "yes" | "no" " way"?"#,
    #"""
    root  ::= (expr "=" ws term "\n")+
    expr  ::= term ([-+*/] term)*
    term  ::= ident | num | "(" ws expr ")" ws
    ident ::= [a-z] [a-z0-9_]* ws
    num   ::= [0-9]+ ws
    ws    ::= [ \t\n]*
    """#,
    #"""
    root ::= object
    value ::= object | array | string | number | ("true" | "false" | "null") ws
    object ::= "{" ws ( string ":" ws value ("," ws string ":" ws value)* )? "}" ws
    array ::= "[" ws ( value ("," ws value)* )? "]" ws
    string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) )* "\"" ws
    number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws
    ws ::= | " " | "\n" [ \t]{0,20}
    """#,
    // Left recursion, straight and over others.
    #"root ::= root "+" term | term"# + "\n" + #"term ::= [a-c] | "(" root ")""#,
    #"root ::= a"# + "\n" + #"a ::= b "x" | "p""# + "\n" + #"b ::= a "y" | c "z""# + "\n"
      + #"c ::= a | "q" c?"#,
    #"root ::= n root "a" | "b""# + "\n" + #"n ::= "c"?"#,
    // Ambiguity, and texts that no look ahead tells apart.
    #"root ::= root root | "a""#,
    #"root ::= "a" root "a" | "b" root "b" | "a" | "b""#,
    #"root ::= s"# + "\n" + #"s ::= "if " e " then " s (" else " s)? | "x""# + "\n"
      + #"e ::= "e" | "not " e"#,
    #"root ::= (word " ")* word "."?"# + "\n" + #"word ::= [a-z]+ "."?"#,
    #"root ::= "a"* b "a"*"# + "\n" + #"b ::= "a" b "a" | """#,
    #"root ::= "# + ##"[^]{0,4} "#" . [é-ü日本]{2,5}"##,
    #"root ::= list{2,3}"# + "\n" + #"list ::= "- " [^\n]{1,20} "\n""#,
  ]

  static let lark: [String] = [
    "start: item (\",\" item)*\nitem: \"id=\" INT\n%import common.INT\n%import common.WS\n%ignore WS",
    "start: sum\n?sum: product | sum \"+\" product -> add\n?product: atom | product \"*\" atom\n"
      + "?atom: NUMBER | \"-\" atom | \"(\" sum \")\"\n%import common.NUMBER\n%ignore \" \"",
    "start: A~2..3 [B] C{2}\nA: /[ab]c?/i\nB: \"x\"..\"z\"\nC: \"End\"i",
    "start: \"call \" arguments\narguments: %json {\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},"
      + "\"required\":[\"n\"]}\n",
    "start: (f | g)* tail\ntail: TEXT\nf_head[lazy]: TEXT \"<f\"\nf: f_head \">\" /[0-9]+/ \"</f>\"\n"
      + "g_head[lazy]: TEXT \"<g\"\ng: g_head \">\" \"x\" \"</g>\"\n"
      + "TEXT: /(.|\\n)*/\n",
  ]

  static let tags: [String] = [
    #"""
    {"structures":[{"begin":"<f=a>","schema":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]},
     "end":"</f>"},{"begin":"<f=b>","schema":{"type":"boolean"},"end":"</f>"}],"triggers":["<f="]}
    """#,
    #"""
    {"type":"structural_tag","format":{"type":"sequence","elements":[{"type":"tag","begin":"<think>",
     "content":{"type":"any_text","max_chars":20},"end":"</think>"},{"type":"or","elements":[
     {"type":"regex","pattern":"[a-z]{2,4}"},{"type":"grammar","grammar":"root ::= \"(\" root? \")\""}]}]}}
    """#,
    #"""
    {"format":{"type":"tags_with_separator","separator":",","at_least_one":true,"tags":[{"begin":"[",
     "content":{"type":"optional","content":{"type":"const_string","value":"x"}},"end":["]","]]"]}]}}
    """#,
    #"{"format":{"type":"dispatch","rules":[["ab",{"type":"const_string","value":"c"}],["b!",{"type":"json_schema","json_schema":{"type":"null"}}]],"excludes":["zz"]}}"#,
    #"{"format":{"type":"tag","begin":"","content":{"type":"any_text"},"end":"\n\n"}}"#,
  ]

  static let spaced: [OutputConstraint] = [
    .spacedJSON(schema: nil, whitespace: ""), .spacedJSON(schema: nil, whitespace: "[ \\n]{0,2}"),
    .spacedJSON(
      schema:
        #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"enum":[[1,{"c":2}]]}},"required":["a"]}"#,
      whitespace: "\\s*"),
    .spacedJSON(
      schema: #"{"type":"array","items":{"enum":["a",1,null]},"uniqueItems":true}"#, whitespace: "\\n?"),
  ]

  static let all: [OutputConstraint] =
    gbnf.map { .grammar($0) } + lark.map { .grammar($0) } + tags.map { .structuralTag($0) } + spaced
}
