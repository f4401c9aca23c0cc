extension ChatPage {
  /// A program of JavaScript: conversations as files.
  static let history = #"""
    // Conversations as files: messages, and pairs of a question and its answer, as `quire chat` reads and writes them.

    // The longest file that is read, in bytes.
    export const sizeLimit = 16 << 20;

    function isObject(value) {
      return typeof value === "object" && value !== null && !Array.isArray(value);
    }

    // The text of a message: a string, or parts of type text.
    function contentText(content, place) {
      if (typeof content === "string") return content;
      if (!Array.isArray(content)) throw new Error(`${place} has no text as its content`);
      return content.map((part) => {
        if (typeof part?.text === "string" && part.type === "text") return part.text;
        throw new Error(`${place} has a part that is no text`);
      }).join("");
    }

    function fromMessages(list) {
      let system = "";
      const messages = [];
      list.forEach((message, index) => {
        const place = `message ${index + 1}`;
        if (!isObject(message)) throw new Error(`${place} is no object`);
        const content = contentText(message.content, place);
        if (message.role === "system" && index === 0) system = content;
        else if (message.role === "user" || message.role === "assistant") messages.push({ role: message.role, content });
        else throw new Error(`${place} is of the role ${JSON.stringify(message.role) ?? "none"}; there are user and assistant, and system first`);
      });
      return { system, messages };
    }

    function fromPairs(list, system) {
      const messages = list.flatMap((pair, index) => {
        if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((text) => typeof text === "string")) {
          throw new Error(`pair ${index + 1} is not two texts`);
        }
        return [{ role: "user", content: pair[0] }, { role: "assistant", content: pair[1] }];
      });
      return { system, messages };
    }

    // The system text, empty where there is none, and the messages of a file. Throws an Error that says what is wrong.
    export function readHistory(text) {
      let value;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw new Error(`the file is no JSON: ${error.message}`);
      }
      if (Array.isArray(value)) return Array.isArray(value[0]) ? fromPairs(value, "") : fromMessages(value);
      if (isObject(value) && Array.isArray(value.messages)) return fromMessages(value.messages);
      if (isObject(value) && Array.isArray(value.history)) {
        const system = value.system ?? "";
        if (typeof system !== "string") throw new Error("the system text is no text");
        return fromPairs(value.history, system);
      }
      throw new Error("the file holds neither messages nor pairs of a question and its answer");
    }

    // The messages that are sent: the system text first, where there is one.
    export function asMessages(system, messages) {
      const all = messages.map(({ role, content }) => ({ role, content }));
      return system === "" ? all : [{ role: "system", content: system }, ...all];
    }

    // The pair form; null where the messages are not questions with one answer each.
    export function asPairs(system, messages) {
      const pairs = [];
      for (let index = 0; index < messages.length; index += 2) {
        const [question, answer] = [messages[index], messages[index + 1]];
        if (question.role !== "user" || answer?.role !== "assistant") return null;
        pairs.push([question.content, answer.content]);
      }
      return system === "" ? pairs : { system, history: pairs };
    }

    // Gives the user a file.
    export function save(name, blob) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }

    """#
}
