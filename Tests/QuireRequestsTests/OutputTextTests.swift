import QuireRequests
import Testing

@Suite("Stop strings")
struct OutputTextTests {
  /// Appends the pieces until a stop string ends the text.
  private func run(
    _ pieces: [String], stop: [String], keeps: Bool = false, exempt: Int = 0
  ) -> OutputText {
    var text = OutputText(StopStringMatcher(stop), includesStopString: keeps)
    for (index, piece) in pieces.enumerated() where text.append(piece, isExempt: index < exempt) { break }
    return text
  }

  @Test("a stop string inside a token cuts the text before or after it")
  func insideToken() {
    #expect(run(["abcde"], stop: ["cd"]).text == "ab")
    #expect(run(["abcde"], stop: ["cd"], keeps: true).text == "abcd")
    #expect(run(["abcde"], stop: ["cd"]).stopString == "cd")
    #expect(run(["abcde"], stop: ["x"]).stopString == nil)
  }

  @Test("a stop string over several tokens is found where it ends")
  func overTokens() {
    let text = run(["xa", "b", "", "cy", "never"], stop: ["abc"])
    #expect(text.text == "x" && text.stopString == "abc")
  }

  @Test("the string that is complete first wins, then the order of the list")
  func earliestWins() {
    #expect(run(["one two"], stop: ["two", "on"]).stopString == "on")
    #expect(run(["abcd"], stop: ["abcd", "bc"]).stopString == "bc")
    #expect(run(["abc"], stop: ["bc", "abc"]).stopString == "bc")
    #expect(run(["abc"], stop: ["abc", "bc"]).text == "")
  }

  @Test("a stop string may overlap itself and false starts")
  func overlaps() {
    #expect(run(["aab", "aabaaac"], stop: ["aabaaac"]).text == "aab")
    #expect(run(["abab", "abc"], stop: ["ababc"]).text == "ab")
    #expect(run(["aaa", "ab"], stop: ["aab"]).text == "aa")
  }

  @Test("the text of the first min_tokens tokens is exempt, a string that ends after it is not")
  func exemptText() {
    #expect(run(["stop", "x", "stop"], stop: ["stop"], exempt: 1).text == "stopx")
    #expect(run(["ab", "ab"], stop: ["ab"], exempt: 2).stopString == nil)
    #expect(run(["st", "op"], stop: ["stop"], exempt: 1).text == "")
    #expect(run(["aa", "a"], stop: ["aa"], exempt: 1).text == "a")
  }

  @Test("two spellings of one character are two texts")
  func codePoints() {
    #expect(run(["cafe\u{301}"], stop: ["caf\u{E9}"]).stopString == nil)
    #expect(run(["cafe\u{301}"], stop: ["e"]).text == "caf")
    #expect(run(["e\u{301}x"], stop: ["\u{301}"]).text.unicodeScalars.elementsEqual("e".unicodeScalars))
    #expect(run(["你好。", "再见"], stop: ["。再"]).text == "你好")
    #expect(run(["a\r", "\nb"], stop: ["\n"]).text.unicodeScalars.elementsEqual("a\r".unicodeScalars))
  }

  @Test("agrees with a naive search on random texts", arguments: 0..<20)
  func agreesWithNaiveSearch(seed: Int) {
    var state = UInt64(seed) &* 977 &+ 5
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    func word(_ count: Int) -> String { String((0..<count).map { _ in ["a", "b", "é"][below(3)] }.joined()) }
    for _ in 0..<200 {
      let stop = (0...below(3)).map { _ in word(below(4) + 1) }
      let pieces = (0..<12).map { _ in word(below(4)) }
      let expected = naive(pieces.joined(), stop)
      #expect(run(pieces, stop: stop).text == expected.text)
      #expect(run(pieces, stop: stop).stopString == expected.stop)
    }
  }

  private func naive(_ text: String, _ stop: [String]) -> (text: String, stop: String?) {
    let scalars = Array(text.unicodeScalars)
    for end in 0...scalars.count {
      for candidate in stop {
        let wanted = Array(candidate.unicodeScalars)
        guard end >= wanted.count, Array(scalars[end - wanted.count..<end]) == wanted else { continue }
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: scalars[..<(end - wanted.count)])
        return (String(kept), candidate)
      }
    }
    return (text, nil)
  }

  @Test("a stream holds back what a stop string might still take, and its pieces join to the text")
  func streams() {
    var text = OutputText(StopStringMatcher(["END", "é!"]), includesStopString: false)
    #expect(text.heldBackScalarCount == 2)
    var shown: [String] = []
    for piece in ["Hel", "lo E", "N", "", "xé", "EN", "D and more"] {
      let hasEnded = text.append(piece)
      shown.append(text.takeReleasable(isFinished: hasEnded))
    }
    #expect(shown == ["H", "ello", " ", "", "EN", "xé", ""])
    #expect(shown.joined() == text.text && text.text == "Hello ENxé")
  }

  @Test("without stop strings, or keeping them, nothing is held back")
  func streamsAtOnce() {
    var plain = OutputText(StopStringMatcher([]), includesStopString: false)
    _ = plain.append("ab")
    #expect(plain.takeReleasable(isFinished: false) == "ab")
    var keeping = OutputText(StopStringMatcher(["bc"]), includesStopString: true)
    _ = keeping.append("ab")
    #expect(keeping.takeReleasable(isFinished: false) == "ab")
    let hasEnded = keeping.append("cd")
    #expect(hasEnded && keeping.takeReleasable(isFinished: true) == "c")
  }

  @Test("the rest comes out when the answer ends otherwise")
  func streamsRest() {
    var text = OutputText(StopStringMatcher(["stop"]), includesStopString: false)
    _ = text.append("sto")
    #expect(text.takeReleasable(isFinished: false) == "")
    #expect(text.takeReleasable(isFinished: true) == "sto")
    #expect(text.takeReleasable(isFinished: true) == "")
  }

  @Test("a stop string in text that the next piece begins with ends the answer at once")
  func foreseen() {
    var text = OutputText(StopStringMatcher(["b\n"]), includesStopString: false)
    _ = text.append("ab")
    let hasEnded = text.foresee("\n")
    #expect(hasEnded && text.text == "a" && text.stopString == "b\n")
  }

  @Test("foreseen text is read once, and again where it comes otherwise")
  func foreseenOtherwise() {
    var exempt = OutputText(StopStringMatcher(["\n", "x!"]), includesStopString: false)
    let ends = [exempt.foresee("\nx", isExempt: true), exempt.append("\nx!")]
    #expect(ends == [false, true])
    #expect(exempt.text == "\n" && exempt.stopString == "x!")
    var spoiled = OutputText(StopStringMatcher(["ab"]), includesStopString: false)
    let others = [spoiled.foresee("a"), spoiled.append("\u{FFFD}b"), spoiled.append("ab")]
    #expect(others == [false, false, true])
    #expect(spoiled.text == "\u{FFFD}b")
  }
}
