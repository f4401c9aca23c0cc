extension ChatPage {
  /// A program of JavaScript: requests, and answers as they come.
  static let stream = #"""
    // Asks the server, and reads the answer as it comes.

    // What the server, or the way to it, answered instead of an answer; status is 0 where there was no answer at all.
    export class Problem extends Error {
      constructor(status, message) {
        super(message);
        this.status = status;
      }
    }

    // The data of server-sent events, from text in any pieces.
    export class EventReader {
      #rest = "";
      #data = [];

      // The events that a piece of the stream completes.
      take(piece) {
        const events = [];
        let text = this.#rest + piece;
        // A line feed that belongs to this carriage return may still come.
        const held = text.endsWith("\r") ? 1 : 0;
        const lines = text.slice(0, text.length - held).split(/\r\n|\r|\n/);
        this.#rest = lines.pop() + text.slice(text.length - held);
        for (const line of lines) {
          if (line === "") {
            if (this.#data.length > 0) events.push(this.#data.join("\n"));
            this.#data = [];
          } else if (line === "data" || line.startsWith("data:")) {
            this.#data.push(line.slice(5).replace(/^ /, ""));
          }
        }
        return events;
      }
    }

    export function headers(key) {
      return key === "" ? {} : { Authorization: `Bearer ${key}` };
    }

    // What an answer of another status says.
    async function problem(response) {
      let message = `the server answered with status ${response.status}`;
      try {
        const said = (await response.json()).error?.message;
        if (typeof said === "string") message = said;
      } catch {
        // No JSON: the status has to do.
      }
      const wait = response.headers.get("Retry-After");
      return new Problem(response.status, wait === null ? message : `${message} (try again in ${wait} s)`);
    }

    // A response whose status is a success. Throws a Problem, or the AbortError of the signal.
    export async function request(path, options) {
      let response;
      try {
        response = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error", ...options });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0, "the server cannot be reached");
      }
      if (!response.ok) throw await problem(response);
      return response;
    }

    // Sends a body of /v1/chat/completions; told gets each part of the answer. Throws a Problem where the answer is not
    // whole, and the AbortError of the signal.
    export async function ask(body, key, signal, told) {
      const response = await request("v1/chat/completions", {
        method: "POST", signal, headers: { "Content-Type": "application/json", ...headers(key) },
        body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const events = new EventReader();
      for (;;) {
        let piece;
        try {
          piece = await reader.read();
        } catch (error) {
          if (error.name === "AbortError") throw error;
          break;
        }
        for (const event of events.take(decoder.decode(piece.value, { stream: !piece.done }))) {
          if (event === "[DONE]") return;
          let part;
          try {
            part = JSON.parse(event);
          } catch {
            throw new Problem(0, "a part of the answer is no JSON");
          }
          if (part.error) throw new Problem(part.error.code ?? 500, part.error.message ?? "the server failed to answer");
          told(part);
        }
        if (piece.done) break;
      }
      throw new Problem(0, "the answer broke off before its end");
    }

    """#
}
