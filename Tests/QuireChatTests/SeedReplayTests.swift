import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

/// A dialogue step that a seed document shows, with the ids or the text that it printed.
struct SeedStep: Sendable, CustomTestStringConvertible {
  let document: String
  let messages: [ChatMessage]
  var tokenIDs: [Int32]?
  var text: String?

  var testDescription: String { document }

  /// The steps of the documents, in their order.
  static let all: [SeedStep] = [
    SeedStep(
      document: "qwen1.5-local-chat: the prompt of the first turn",
      messages: [.system("You are a helpful assistant."), .user("你好")],
      tokenIDs: [
        151644, 8948, 198, 2610, 525, 264, 10950, 17847, 13, 151645, 198, 151644, 872, 198, 108386, 151645,
        198, 151644,
        77091, 198,
      ],
      text:
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n你好<|im_end|>\n<|im_start|>assistant\n"
    ),
    SeedStep(
      document: "qwen2.5-dialogue-walkthrough: the model inputs",
      messages: [
        .system("You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
        .user("Give me a short introduction to large language model."),
      ],
      tokenIDs: [
        151644, 8948, 198, 2610, 525, 1207, 16948, 11, 3465, 553, 54364, 14817, 13, 1446, 525, 264, 10950,
        17847, 13,
        151645, 198, 151644, 872, 198, 35127, 752, 264, 2805, 16800, 311, 3460, 4128, 1614, 13, 151645, 198,
        151644,
        77091, 198,
      ]),
    SeedStep(
      document: "qwen2.5-dialogue-walkthrough: the text of another question",
      messages: [.user("请介绍一下iPhone")],
      text:
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        + "<|im_start|>user\n请介绍一下iPhone<|im_end|>\n<|im_start|>assistant\n"),
    SeedStep(
      document: "chat-on-vllm-by-hand: system part and user part put together",
      messages: [.system("你是一个智能助手。"), .user("你好呀，请你介绍一下你自己")],
      tokenIDs: [151644, 8948, 198, 56568, 101909, 100168, 110498, 1773, 151645]
        + [
          198, 151644, 872, 198, 108386, 104256, 37945, 56568, 109432, 107828, 151645, 198, 151644, 77091,
          198,
        ]),
    SeedStep(
      document: "chat-on-vllm-by-hand: the whole prompt of the first call",
      messages: [.system("你是一个智能助手。"), .user("你好，请你介绍一下你自己")],
      text:
        "<|im_start|>system\n你是一个智能助手。<|im_end|>\n<|im_start|>user\n你好，请你介绍一下你自己<|im_end|>\n<|im_start|>assistant\n"
    ),
    SeedStep(
      document: "chat-on-vllm-by-hand: another system text in the second call",
      messages: [.system("你是一个美食家"), .user("能帮我推荐几个北京的美食吗")],
      text:
        "<|im_start|>system\n你是一个美食家<|im_end|>\n<|im_start|>user\n能帮我推荐几个北京的美食吗<|im_end|>\n<|im_start|>assistant\n"
    ),
    SeedStep(
      document: "chat-on-vllm-by-hand: another system text in the third call",
      messages: [.system("你是一个滑雪高手"), .user("我想去滑雪，我应该买什么滑雪设备")],
      text:
        "<|im_start|>system\n你是一个滑雪高手<|im_end|>\n<|im_start|>user\n我想去滑雪，我应该买什么滑雪设备<|im_end|>\n<|im_start|>assistant\n"
    ),
    SeedStep(
      document: "chat-on-vllm-by-hand: two rounds of history, whose answers still carry <|im_end|>",
      messages: [
        .system("你是一个美食家"), .user("你好，请你帮我推荐几道北京的美食"), .assistant("好的，北京烤鸭。<|im_end|>"),
        .user("是吗？帮我具体展开聊一聊"), .assistant("当然可以。<|im_end|>"), .user("除了这些，还有什么呢？"),
      ],
      text: """
        <|im_start|>system
        你是一个美食家<|im_end|>
        <|im_start|>user
        你好，请你帮我推荐几道北京的美食<|im_end|>
        <|im_start|>assistant
        好的，北京烤鸭。<|im_end|>
        <|im_start|>user
        是吗？帮我具体展开聊一聊<|im_end|>
        <|im_start|>assistant
        当然可以。<|im_end|>
        <|im_start|>user
        除了这些，还有什么呢？<|im_end|>
        <|im_start|>assistant

        """),
    SeedStep(
      document: "chat-history-qwen2.5: the second turn with its history",
      messages: [
        .system("你是专业的AI助手，请尽量回答简洁"), .user("我想学做一道最简单的家常菜"),
        .assistant("你可以尝试做西红柿炒鸡蛋，做法简单：1. 鸡蛋打散；2. 西红柿切块；3. 热油锅炒鸡蛋至熟；4. 锅中再放油，炒西红柿至出汁；5. 把鸡蛋倒进西红柿中，快速翻炒均匀即可。"),
        .user("能再具体点吗？比如火候。"),
      ],
      text: """
        <|im_start|>system
        你是专业的AI助手，请尽量回答简洁<|im_end|>
        <|im_start|>user
        我想学做一道最简单的家常菜<|im_end|>
        <|im_start|>assistant
        你可以尝试做西红柿炒鸡蛋，做法简单：1. 鸡蛋打散；2. 西红柿切块；3. 热油锅炒鸡蛋至熟；4. 锅中再放油，炒西红柿至出汁；5. 把鸡蛋倒进西红柿中，快速翻炒均匀即可。<|im_end|>
        <|im_start|>user
        能再具体点吗？比如火候。<|im_end|>
        <|im_start|>assistant

        """),
  ]
}

@Suite("The dialogues of the seed documents")
struct SeedReplayTests {
  @Test("each printed text is built", arguments: SeedStep.all.filter { $0.text != nil })
  func text(step: SeedStep) throws {
    let style = try ChatStyle.recognize(template: ChatGoldens.template("qwen2.5"))
    let prompt = try ChatFormatter(style: style, encoding: TestEncoding.chatml).whole(step.messages)
    #expect(prompt.text == step.text)
  }

  @Test(
    "each printed list of ids is built", .enabled(if: RealTokenizers.tiktoken != nil),
    arguments: SeedStep.all.filter { $0.tokenIDs != nil })
  func ids(step: SeedStep) throws {
    let prompt = try RealTokenizers.qwen(template: "qwen2.5").whole(step.messages)
    #expect(prompt.tokenIDs == step.tokenIDs)
  }

  @Test(
    "five turns grown one by one under a fixed budget keep the newest rounds only",
    .enabled(if: RealTokenizers.tiktoken != nil))
  func dialogue() throws {
    let formatter = try RealTokenizers.qwen(template: "qwen1.5")
    let questions = ["你好，请你介绍一下你自己", "再详细一点", "今天是2024年2月01日", "今天是2024年2月1日，你记录一下", "今天是几号？"]
    var history: [(user: String, assistant: String)] = []
    var kept: [Int] = []
    for question in questions {
      let messages = ChatMessage.conversation(system: nil, history: history, prompt: question)
      let prompt = try formatter.prompt(for: messages, tokenBudget: 100, cut: .allowed)
      #expect(prompt.tokenIDs.count <= 100)
      #expect(prompt.history.roundsKept + prompt.history.roundsDropped == history.count)
      #expect(prompt.text.hasSuffix("<|im_start|>user\n\(question)<|im_end|>\n<|im_start|>assistant\n"))
      kept.append(prompt.history.roundsKept)
      history.append((question, "好的，我会尽力提供支持，请随时告诉我。<|im_end|>"))
    }
    #expect(kept == [0, 1, 2, 2, 2])
  }
}
