#if Server
  package import Hummingbird

  extension RouterMethods {
    /// Answers `GET /health` with 200 and no body, as vLLM does, for as long as the process can answer at all.
    package func addHealth() {
      get("/health") { _, _ in HTTPResponse.Status.ok }
    }
  }
#endif
