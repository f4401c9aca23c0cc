// A batch job inside a program: lines that it makes, answers that it reads back.
//
//     swift run --package-path Examples/Quiz Quiz MODEL

import Foundation
import QuireBatch

/// One native line: a text to continue, and what the answer must be.
struct Question: Encodable {
  let id: String
  let prompt: String
  let maxTokens = 8
  let structuredOutputs = ["choice": [" Berlin", " Madrid", " Paris", " Rome", " Tokyo"]]

  init(_ country: String) {
    id = country
    prompt = "The capital of \(country) is"
  }
}

/// What is read of an answer.
struct Answer: Decodable {
  struct Output: Decodable { let text: String }
  struct Failure: Decodable { let message: String }

  let customId: String?
  let outputs: [Output]?
  let error: Failure?
}

@main
struct Quiz {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: Quiz MODEL    (a .gguf file or a directory in Hugging Face layout)")
      return
    }
    var options = BatchJob.Options()
    options.sampling = SamplingParams(temperature: 0)
    options.isOrdered = true
    let job = try BatchJob(model: CommandLine.arguments[1], options: options)

    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    // Made as the model can take them, never all at once.
    let lines = ["France", "Germany", "Italy", "Japan", "Spain"].lazy.map { country in
      String(decoding: try! encoder.encode(Question(country)), as: UTF8.self)
    }

    let result = try job.run(lines) { line in
      let answer = try decoder.decode(Answer.self, from: Data(line.utf8))
      print(answer.customId ?? "?", answer.outputs?[0].text ?? answer.error?.message ?? "", separator: ":")
    }
    print("\(result.progress.answeredLineCount) answered, \(result.progress.errorLineCount) wrong lines")
  }
}
