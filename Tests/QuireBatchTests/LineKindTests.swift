import QuireEngine
import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Kinds of lines")
struct LineKindTests {
  private static let chat = #"{"method":"POST","url":"/v1/chat/completions","body":{"messages":[]}}"#

  private func kind(_ line: String, _ format: InputFormat = .jsonl) throws -> any LineKind.Type {
    let content = try LineFraming.content(
      of: InputLine(index: 0, content: .bytes(Array(line.utf8))), format)
    return LineKinds.kind(of: content)
  }

  @Test(
    "one kind claims each line, by its keys and its url",
    arguments: [
      (#"{"prompt":"p"}"#, "\(NativeLine.self)"), (#"{}"#, "\(NativeLine.self)"),
      (#"{"prompt":"p","url":"/v1/completions"}"#, "\(NativeLine.self)"),
      (#"{"messages":[],"method":"POST"}"#, "\(NativeLine.self)"),
      (chat, "\(OpenAIBatchLine<ChatCompletionBody>.self)"),
      (#"{"url":"\/v1\/completions"}"#, "\(OpenAIBatchLine<CompletionBody>.self)"),
      (
        #"{"url":"https://api.example.org/v1/chat/completions/"}"#,
        "\(OpenAIBatchLine<ChatCompletionBody>.self)"
      ),
      (#"{"url":"/chat/completions"}"#, "\(OpenAIBatchLine<ChatCompletionBody>.self)"),
      (
        #"{"url":"/openai/deployments/m/chat/completions?api-version=1"}"#,
        "\(OpenAIBatchLine<ChatCompletionBody>.self)"
      ),
      (#"{"url":"/openai/v1/responses"}"#, "\(OpenAIBatchLine<ResponseBody>.self)"),
      (#"{"url":"/openai/deployments/m/completions"}"#, "\(OpenAIBatchLine<CompletionBody>.self)"),
      (#"{"url":"/v2/chat/completions"}"#, "\(UnroutedBatchLine.self)"),
      (#"{"url":"/v1/chat/completions/x"}"#, "\(UnroutedBatchLine.self)"),
      (#"{"url":"/v1/audio/transcriptions","body":{}}"#, "\(UnroutedBatchLine.self)"),
      (#"{"url":7,"body":{}}"#, "\(UnroutedBatchLine.self)"), (#"{"body":{}}"#, "\(UnroutedBatchLine.self)"),
    ])
  func claims(line: String, name: String) throws {
    #expect(try "\(kind(line))" == name)
    #expect(try kind(line, .text) == TextLine.self)
  }

  @Test("every endpoint has a kind of its own, by its path")
  func endpoints() throws {
    for endpoint in LineKinds.endpoints {
      let line = #"{"custom_id":"c","method":"POST","url":"\#(endpoint.path)","body":{}}"#
      let claiming = try LineKinds.all.filter {
        $0.claims(try LineFraming.content(of: InputLine(index: 0, content: .bytes(Array(line.utf8))), .jsonl))
      }
      // Beside the endpoint's own: the kinds that take what no endpoint does, which are asked after it.
      #expect(claiming.count == 3)
      #expect(claiming[0] == (try kind(line)))
    }
  }

  @Test(
    "what was found before a line proved wrong is in its error line",
    arguments: [
      #"{"custom_id":"c","method":"POST","url":"/v1/audio/transcriptions","body":{}}"#,
      #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{}}"#,
      #"{"custom_id":"c","method":"GET","url":"/v1/chat/completions","body":{}}"#,
    ])
  func wrongLines(line: String) throws {
    let outcome = try TestJob().run(line)
    #expect(outcome.lines[0].contains(#""custom_id":"c","response":{"status_code":400,"#))
  }

  @Test("where nobody states a length, the kind of line does")
  func lengths() throws {
    #expect(TextLine().lengthRule == LengthRule(maxTokens: 1024, cutsHistory: true))
    #expect(NativeLine().lengthRule == TextLine().lengthRule)
    #expect(OpenAIBatchLine<CompletionBody>().lengthRule == LengthRule(maxTokens: 16, cutsHistory: false))
    #expect(OpenAIBatchLine<ChatCompletionBody>().lengthRule.maxTokens == 1024)
  }
}
