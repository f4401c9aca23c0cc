import QuireRequests
import Testing

@Suite("How models write calls of tools")
struct ToolCallStyleTests {
  @Test(
    "a template's marks tell the form",
    arguments: [
      ("{{ '<tool_call>\\n' + call | tojson + '\\n</tool_call>' }}", ToolCallStyle.Form.hermes),
      ("{{ '[TOOL_CALLS] [' }}{{ '[AVAILABLE_TOOLS]' }}", .mistral),
      ("{{ '<|start_header_id|>' }}{{ '<|python_tag|>' }}", .llama3),
      ("{{ '<|start_header_id|>' + '{\"name\": ' }}", .llama3), ("{{ '<|im_start|>' }}", .json), ("", .json),
    ])
  func forms(source: String, form: ToolCallStyle.Form) {
    #expect(ToolCallStyle(template: source) { _ in false } == ToolCallStyle(form))
    let isMarked = form != .json
    #expect(ToolCallStyle(template: source) { _ in true } == ToolCallStyle(form, isMarkSpecial: isMarked))
  }
}
