extension ChatPage {
  /// A program of JavaScript: messages as they are shown.
  static let conversation = #"""
    // The messages as the page shows them.
    import { render } from "./markdown.js";

    // The shortest time between two drawings of an answer that grows, in milliseconds.
    const pause = 60;

    // Text for the clipboard; true where it got there. Pages that came over plain HTTP from another machine have no
    // navigator.clipboard.
    async function copy(text) {
      if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      const isDone = document.execCommand("copy");
      area.remove();
      return isDone;
    }

    // What stands under an answer: its tokens, speed and seed, and how it ended where it did so otherwise than the model ends.
    export function note({ usage, reason, seconds, seed }) {
      const count = usage?.completion_tokens;
      return [
        count === undefined ? null : `${count} tokens`,
        count === undefined || seconds <= 0 ? null : `${(count / seconds).toFixed(1)} a second`,
        seed === undefined ? null : `seed ${seed}`,
        reason === null || reason === "stop" ? null : reason === "length" ? "cut at the most tokens" : reason,
      ].filter((one) => one !== null).join(" · ");
    }

    // One message in the list.
    export class MessageView {
      #timer = 0;

      // regenerate: what the button of the latest answer does; tell: takes what screen readers are to say.
      constructor(list, message, { regenerate, tell }) {
        Object.assign(this, { message, tell });
        this.item = list.appendChild(document.createElement("li"));
        this.item.className = message.role;
        const who = this.item.appendChild(document.createElement("h2"));
        who.className = "who";
        who.textContent = message.role === "user" ? "You" : "Answer";
        this.thoughts = this.item.appendChild(document.createElement("details"));
        this.thoughts.hidden = true;
        this.thoughts.appendChild(document.createElement("summary")).textContent = "Thoughts";
        this.thoughtText = this.thoughts.appendChild(document.createElement("div"));
        this.thoughtText.className = "plain";
        this.text = this.item.appendChild(document.createElement("div"));
        this.text.className = "text";
        this.actions = this.item.appendChild(document.createElement("div"));
        this.actions.className = "actions";
        const copyButton = this.#button("Copy", async () => {
          const isDone = await copy(message.content);
          const back = copyButton;
          back.focus();
          tell(isDone ? "Copied." : "The browser does not let the page copy.");
          back.textContent = isDone ? "Copied" : "Not copied";
          setTimeout(() => (back.textContent = "Copy"), 2000);
        });
        this.regenerate = this.#button("Regenerate", regenerate);
        this.note = this.actions.appendChild(document.createElement("span"));
        this.draw();
      }

      #button(name, act) {
        const button = this.actions.appendChild(document.createElement("button"));
        button.type = "button";
        button.textContent = name;
        button.addEventListener("click", act);
        return button;
      }

      // Draws soon what the message has grown to; long answers, which take longer to draw, are drawn less often.
      drawSoon(drawn) {
        if (this.#timer !== 0) return;
        this.#timer = setTimeout(() => {
          this.draw();
          drawn();
        }, Math.max(pause, 8 * (this.cost ?? 0)));
      }

      draw() {
        clearTimeout(this.#timer);
        this.#timer = 0;
        const start = performance.now();
        const { role, content, thoughts = "", note = "" } = this.message;
        if (role === "user") this.text.textContent = content;
        else this.text.replaceChildren(render(document, content));
        this.thoughts.hidden = thoughts === "";
        if (this.thoughtText.textContent !== thoughts) this.thoughtText.textContent = thoughts;
        this.note.textContent = note;
        this.cost = performance.now() - start;
      }

      // Whether the answer is still coming.
      set isGrowing(value) {
        this.item.classList.toggle("streaming", value);
        this.actions.hidden = value;
      }

      set isLatest(value) {
        this.regenerate.hidden = !value || this.message.role !== "assistant";
      }

      remove() {
        clearTimeout(this.#timer);
        this.item.remove();
      }
    }

    """#
}
