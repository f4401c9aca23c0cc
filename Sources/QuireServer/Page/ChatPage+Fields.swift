extension ChatPage {
  /// A program of JavaScript: the sampling parameters.
  static let fields = #"""
    // The sampling parameters that the page has fields for, and what stands in them.

    // Name in the body, label, whether it is a whole number.
    const numbers = [
      ["temperature", "Temperature"], ["top_p", "Top p"], ["max_tokens", "Most tokens", true], ["seed", "Seed", true],
      ["top_k", "Top k", true], ["min_p", "Min p"], ["repetition_penalty", "Repetition penalty"],
      ["presence_penalty", "Presence penalty"], ["frequency_penalty", "Frequency penalty"],
    ];

    // Puts the fields into a node.
    export function addFields(parent) {
      for (const [name, label, isWhole] of numbers) {
        const input = document.createElement("input");
        input.inputMode = isWhole ? "numeric" : "decimal";
        add(parent, name, label, input);
      }
      const stop = document.createElement("textarea");
      stop.rows = 2;
      add(parent, "stop", "Stop texts, one a line", stop).className = "wide";
    }

    function add(parent, name, text, input) {
      const box = parent.appendChild(document.createElement("div"));
      const label = box.appendChild(document.createElement("label"));
      label.htmlFor = input.id = `field-${name}`;
      label.textContent = text;
      input.autocomplete = "off";
      input.spellcheck = false;
      input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
      box.append(input);
      return box;
    }

    // The parameters of a body, from those fields that are not empty. Throws an Error about the first that is wrong, which
    // gets the focus.
    export function readFields() {
      const values = {};
      for (const [name, label, isWhole] of numbers) {
        const input = document.getElementById(`field-${name}`);
        const text = input.value.trim().replace(",", ".");
        if (text === "") continue;
        const value = Number(text);
        if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value))) {
          input.setAttribute("aria-invalid", "true");
          input.focus();
          throw new Error(`${label} is “${text}”, but must be ${isWhole ? "a whole number" : "a number"}, or empty`);
        }
        values[name] = value;
      }
      const stop = document.getElementById("field-stop").value.split(/\r?\n/).filter((line) => line !== "");
      return stop.length > 0 ? { ...values, stop } : values;
    }

    """#
}
