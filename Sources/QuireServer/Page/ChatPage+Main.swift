extension ChatPage {
  /// A program of JavaScript: turns of the conversation, and what the controls do.
  static let main = #"""
    // The page: a conversation with the model, whose every turn is a request to /v1/chat/completions.
    import { Jobs } from "./batches.js";
    import { MessageView, note } from "./conversation.js";
    import { addFields, readFields } from "./fields.js";
    import { asMessages, asPairs, readHistory, save, sizeLimit } from "./history.js";
    import { ask, headers, request } from "./stream.js";

    const part = Object.fromEntries([...document.querySelectorAll("[id]")].map((node) => [node.id, node]));
    const text = part.text;

    let views = [];
    // What stops the answer that is coming; null where none is.
    let running = null;
    // Whether something was said since the history was last saved.
    let isUnsaved = false;

    const messages = () => views.map((view) => view.message);
    const system = () => part.system.value;
    const key = () => part.key.value.trim();

    function tell(words) {
      part.status.textContent = words;
    }

    function complain(words) {
      part.problem.textContent = words;
    }

    // Keeps the end of the conversation in sight where it was before the change.
    function keepingEnd(change) {
      const box = part.conversation;
      const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
      change();
      if (isAtEnd) box.scrollTop = box.scrollHeight;
    }

    function add(message) {
      const view = new MessageView(part.messages, message, { regenerate, tell });
      views.push(view);
      refresh();
      return view;
    }

    function takeBack(count) {
      for (const view of views.splice(views.length - count)) view.remove();
      refresh();
    }

    function refresh() {
      views.forEach((view, index) => (view.isLatest = index === views.length - 1));
      part.welcome.hidden = views.length > 0;
      part.send.hidden = running !== null;
      part.stop.hidden = running === null;
    }

    function fitText() {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight + 2}px`;
    }

    function openSettings(isOpen) {
      part.settings.hidden = !isOpen;
      part["settings-button"].setAttribute("aria-expanded", String(isOpen));
    }

    function send() {
      const question = text.value;
      if (running !== null || question.trim() === "") return;
      const parameters = parametersOrNull();
      if (parameters === null) return;
      text.value = "";
      fitText();
      // The button that was pressed goes, and the field takes the focus.
      text.focus();
      add({ role: "user", content: question });
      part.conversation.scrollTop = part.conversation.scrollHeight;
      answer(parameters, null);
    }

    // An answer to the same messages depends on the seed alone, so another one needs another seed.
    function regenerate() {
      if (running !== null || views.at(-1)?.message.role !== "assistant") return;
      const parameters = parametersOrNull();
      if (parameters === null) return;
      const replaced = views.at(-1).message;
      takeBack(1);
      text.focus();
      const attempt = (replaced.attempt ?? 0) + 1;
      answer({ ...parameters, seed: (parameters.seed ?? 0) + attempt }, { ...replaced, attempt });
    }

    function parametersOrNull() {
      try {
        return readFields();
      } catch (error) {
        openSettings(true);
        complain(error.message);
        return null;
      }
    }

    // Asks for the next message, which replaces another one where that is given.
    async function answer(parameters, replaced) {
      const stop = (running = new AbortController());
      complain("");
      tell("Answering.");
      const sent = asMessages(system(), messages());
      const message = { role: "assistant", content: "", thoughts: "", attempt: replaced?.attempt ?? 0 };
      const view = add(message);
      view.isGrowing = true;
      const started = performance.now();
      let usage = null;
      let reason = null;
      let problem = null;
      try {
        const model = part.model.value === "" ? {} : { model: part.model.value };
        await ask({ ...model, messages: sent, ...parameters }, key(), stop.signal, (said) => {
          usage = said.usage ?? usage;
          const choice = said.choices[0];
          if (!choice) return;
          message.content += choice.delta?.content ?? "";
          message.thoughts += choice.delta?.reasoning_content ?? "";
          reason = choice.finish_reason ?? reason;
          if (running === stop) keepingEndSoon(view);
        });
      } catch (error) {
        if (error.name === "AbortError") reason = "stopped";
        else [problem, reason] = [error, "broken off"];
      }
      // Another conversation may have begun meanwhile.
      if (running !== stop) return;
      running = null;
      // The button that stops goes.
      if (document.activeElement === part.stop) text.focus();
      isUnsaved = true;
      const isEmpty = message.content === "" && message.thoughts === "" && (problem !== null || reason === "stopped");
      if (isEmpty) {
        undo(replaced);
      } else {
        message.note = note({ usage, reason, seconds: (performance.now() - started) / 1000, seed: parameters.seed });
        keepingEnd(() => {
          view.isGrowing = false;
          view.draw();
        });
      }
      refresh();
      tell(problem ? "" : isEmpty ? "Stopped." : `${reason === "stopped" ? "Stopped. " : ""}${view.text.innerText}`);
      if (problem) {
        complain(`No whole answer: ${problem.message}`);
        if (problem.status === 401) askForKey();
      }
    }

    function keepingEndSoon(view) {
      const box = part.conversation;
      const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
      view.drawSoon(() => {
        if (isAtEnd) box.scrollTop = box.scrollHeight;
      });
    }

    // Takes back a turn that got no answer: what it replaced stands again, or the question is in the field again.
    function undo(replaced) {
      takeBack(1);
      if (replaced) {
        add({ ...replaced, attempt: replaced.attempt - 1 });
      } else if (views.at(-1)?.message.role === "user") {
        if (text.value === "") text.value = views.at(-1).message.content;
        takeBack(1);
        fitText();
      }
    }

    function askForKey() {
      openSettings(true);
      part.key.focus();
    }

    // Whether what was said may be forgotten.
    function mayForget() {
      return !isUnsaved || views.length === 0 || confirm("The conversation is not exported. Forget it?");
    }

    function begin(list) {
      running?.abort();
      running = null;
      takeBack(views.length);
      list.forEach(add);
      isUnsaved = false;
      complain("");
      refresh();
      part.conversation.scrollTop = part.conversation.scrollHeight;
    }

    function exportAs(form) {
      if (running !== null) return complain("The answer is still coming: stop it, or wait for it.");
      const value = form(system(), messages());
      if (value === null) return complain("The pair form takes questions with one answer each: export messages.");
      save("conversation.json", new Blob([JSON.stringify(value, null, 1), "\n"], { type: "application/json" }));
      isUnsaved = false;
      complain("");
      tell("Exported.");
    }

    async function importFile(file) {
      try {
        if (file.size > sizeLimit) throw new Error(`the file has ${file.size} bytes, and ${sizeLimit} may be read`);
        const read = readHistory(await file.text());
        if (!mayForget()) return;
        part.system.value = read.system;
        begin(read.messages);
        tell(`Imported ${read.messages.length} messages.`);
      } catch (error) {
        complain(`Not imported: ${error.message}`);
      }
    }

    async function loadModels() {
      try {
        const response = await request("v1/models", { headers: headers(key()) });
        const names = (await response.json()).data.map((model) => model.id);
        part.model.replaceChildren(...names.map((name) => new Option(name, name)));
        complain("");
      } catch (error) {
        complain(error.status === 401 ? "The server asks for an API key." : `The models are not known: ${error.message}`);
        if (error.status === 401) askForKey();
      }
    }

    addFields(part.fields);
    const jobs = new Jobs(part.jobs, part["job-list"], { key, save, tell: complain });

    part.composer.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    part.sampling.addEventListener("submit", (event) => event.preventDefault());
    text.addEventListener("input", fitText);
    text.addEventListener("keydown", (event) => {
      // Enter also ends the choice of a character in an input method.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      if (running !== null) {
        running.abort();
      } else if (part.settings.contains(document.activeElement)) {
        openSettings(false);
        part["settings-button"].focus();
      }
    });
    part.stop.addEventListener("click", () => {
      running?.abort();
      text.focus();
    });
    part.new.addEventListener("click", () => {
      if (!mayForget()) return;
      begin([]);
      tell("A new conversation.");
      text.focus();
    });
    part["settings-button"].addEventListener("click", () => openSettings(part.settings.hidden));
    part.theme.addEventListener("change", () => (document.documentElement.dataset.theme = part.theme.value));
    part.key.addEventListener("change", () => {
      loadModels();
      jobs.refresh();
    });
    part["export-messages"].addEventListener("click", () => exportAs(asMessages));
    part["export-pairs"].addEventListener("click", () => exportAs(asPairs));
    part.import.addEventListener("change", async () => {
      const [file] = part.import.files;
      if (file) await importFile(file);
      part.import.value = "";
    });

    refresh();
    loadModels();
    jobs.refresh();
    // A keyboard that comes up over the page would hide it.
    if (matchMedia("(hover: hover)").matches) text.focus();

    """#
}
