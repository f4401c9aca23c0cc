/// The terminals of Lark's library `common`, as regular expressions. Where readers of grammars differ, what all of them
/// take: strings are such as JSON has.
enum LarkCommon {
  static let expressions: [String: String] = [
    "DIGIT": "[0-9]", "HEXDIGIT": "[0-9A-Fa-f]", "INT": "[0-9]+", "SIGNED_INT": "[+\\-]?[0-9]+",
    "DECIMAL": decimal, "_EXP": "[eE][+\\-]?[0-9]+", "FLOAT": float, "SIGNED_FLOAT": "[+\\-]?(\(float))",
    "NUMBER": "\(float)|[0-9]+", "SIGNED_NUMBER": "[+\\-]?(\(float)|[0-9]+)",
    "ESCAPED_STRING": #""([^"\\\x00-\x1F\x7F]|\\(["\\/bfnrt]|u[0-9A-Fa-f]{4}))*""#,
    "LCASE_LETTER": "[a-z]", "UCASE_LETTER": "[A-Z]", "LETTER": "[A-Za-z]", "WORD": "[A-Za-z]+",
    "CNAME": "[A-Za-z_][A-Za-z0-9_]*", "WS_INLINE": "[ \\t]+", "WS": "[ \\t\\f\\r\\n]+", "CR": "\\r",
    "LF": "\\n",
    "NEWLINE": "(\\r?\\n)+", "SH_COMMENT": "#[^\\n]*", "CPP_COMMENT": "//[^\\n]*",
    "C_COMMENT": #"/\*([^*]|\*+[^*/])*\*+/"#, "SQL_COMMENT": "--[^\\n]*",
  ]

  private static let decimal = "[0-9]+\\.[0-9]*|\\.[0-9]+"
  private static let float = "[0-9]+[eE][+\\-]?[0-9]+|(\(decimal))([eE][+\\-]?[0-9]+)?"
}
