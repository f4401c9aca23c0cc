extension TimelinePage {
  /// The part of the page's program that fills the page in, and lets a person move about in it.
  static let controls = #"""
    // Fills the page in, and lets a person move about in it.

    document.addEventListener("DOMContentLoaded", () => {
      const run = readRun(document.getElementById("run").textContent);
      fill(run);
      const view = new View(run);
      listen(view, run);
      view.draw();
    });

    function fill(run) {
      const { facts, end } = run;
      document.title = `Quire run: ${facts?.model ?? ""}`;
      document.getElementById("facts").textContent = facts
        ? `${facts.model} · ${facts.threads} threads${facts.engines > 1 ? ` in ${facts.engines} engines` : ""}, `
          + `${facts.instructionSet} · ${count(facts.lanes)} sequences at a time, `
          + `${count(facts.budget)} tokens a step · ${count(facts.blocks)} blocks of ${facts.blockSize} tokens`
        : "";
      const tiles = [
        ["ended", end.how.replaceAll("_", " ")], ["time", duration(end.time)],
        // A run that broke off has told neither.
        ...(end.answered === undefined ? [] : [["answered", count(end.answered)], ["failed", count(end.failed)]]),
        ["steps", count(end.steps)],
        ["tokens drawn", count(end.output)], ["drawn a second", count(end.output / Math.max(end.time / 1e6, 1e-6))],
        ["prompt tokens computed", count(end.prompt)], ["preemptions", count(end.preemptions)],
        ["blocks at most", facts ? `${count(end.peakBlocks)} (${Math.round((100 * end.peakBlocks) / facts.blocks)}%)` : ""],
      ];
      if (end.hits) tiles.push(["found in the cache", count(end.hits)]);
      if (end.recomputed) tiles.push(["computed again", count(end.recomputed)]);
      for (const [name, value] of tiles) {
        const tile = document.createElement("div");
        tile.append(element("dt", name), element("dd", value));
        document.getElementById("tiles").append(tile);
      }
      fillPhases(run);
      document.getElementById("notes").textContent = notes(run).join(" ");
    }

    function element(name, text) {
      const made = document.createElement(name);
      made.textContent = text;
      return made;
    }

    function fillPhases({ facts, end, duration: length }) {
      const whole = length * (facts?.engines ?? 1);
      const colors = ["waiting", "decode", "prefill", "blocks", "preempted"];
      const parts = phaseNames.map((name, index) => [name, end.phases[index], `var(--${colors[index]})`]);
      const steps = end.phases.reduce((sum, time) => sum + time, 0);
      parts.push(["between steps", Math.max(0, whole - steps), "var(--line)"]);
      const [share, names] = [document.createElement("div"), document.createElement("div")];
      share.className = "share";
      names.className = "names";
      for (const [name, time, color] of parts) {
        const [part, text, key] = ["div", "span", "i"].map((tag) => document.createElement(tag));
        part.style.width = `${(100 * time) / whole}%`;
        part.style.background = key.style.background = color;
        part.title = `${name}: ${duration(time)}`;
        text.append(key, `${name} ${((100 * time) / whole).toFixed(1)}%`);
        share.append(part);
        names.append(text);
      }
      document.getElementById("phases").append(share, names);
    }

    function notes(run) {
      const said = [];
      if (run.cut !== null) {
        said.push(`The page keeps ${count(run.bars.length)} bars, up to ${duration(run.cut)}; the counters show the whole `
          + "run, and a timeline in a file whose name ends in .json keeps every bar.");
      }
      if (run.steps.length < run.end.steps) {
        said.push(`Single steps are kept up to step ${count(run.steps.length)}; later ones are shown as means of intervals.`);
      }
      if (run.end.how === "broke off") said.push("The run was killed before it could close this page.");
      return said;
    }

    // MARK: Moving about

    function listen(view, run) {
      const { overview, bars, counters } = view.canvas;
      let drag = null;

      for (const canvas of [bars, counters]) {
        canvas.addEventListener("wheel", (event) => {
          event.preventDefault();
          if (event.shiftKey) return view.scrollBy(event.deltaY || event.deltaX);
          if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            return view.move((event.deltaX / view.plotWidth) * (view.end - view.start));
          }
          view.zoom(Math.exp(event.deltaY * 0.002), view.time(event.offsetX));
        }, { passive: false });
        canvas.addEventListener("pointerdown", (event) => {
          drag = { x: event.clientX, y: event.clientY, moved: false };
          canvas.setPointerCapture(event.pointerId);
        });
        canvas.addEventListener("pointermove", (event) => {
          view.pointer = event.offsetX;
          if (drag) {
            const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
            if (!drag.moved && Math.hypot(dx, dy) < 4) return;
            drag = { x: event.clientX, y: event.clientY, moved: true };
            bars.classList.add("dragged");
            view.move((-dx / view.plotWidth) * (view.end - view.start));
            view.scrollBy(-dy);
          }
          showTip(view, canvas, event);
          view.request();
        });
        canvas.addEventListener("pointerup", (event) => {
          if (drag && !drag.moved && canvas === bars) mark(view, view.barAt(event.offsetX, event.offsetY));
          drag = null;
          bars.classList.remove("dragged");
        });
        canvas.addEventListener("pointercancel", () => { drag = null; });
        canvas.addEventListener("pointerleave", () => {
          view.pointer = null;
          document.getElementById("tip").hidden = true;
          view.request();
        });
        canvas.addEventListener("dblclick", () => view.show(0, run.duration));
      }

      const center = (event) => {
        const time = ((event.offsetX - gutter) / view.plotWidth) * run.duration;
        const half = (view.end - view.start) / 2;
        view.show(time - half, time + half);
      };
      overview.addEventListener("pointerdown", (event) => {
        overview.setPointerCapture(event.pointerId);
        center(event);
      });
      overview.addEventListener("pointermove", (event) => { if (event.buttons) center(event); });
      overview.addEventListener("dblclick", () => view.show(0, run.duration));

      document.getElementById("in").addEventListener("click", () => view.zoom(0.5));
      document.getElementById("out").addEventListener("click", () => view.zoom(2));
      document.getElementById("whole").addEventListener("click", () => view.show(0, run.duration));
      const find = document.getElementById("find");
      const told = () => {
        document.getElementById("found").textContent = view.found === "" ? ""
          : view.matches.length ? `${count(view.place + 1)} of ${count(view.matches.length)}` : "none";
      };
      find.addEventListener("input", () => {
        view.marked = null;
        view.find(find.value);
        told();
      });
      find.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        view.goTo(event.shiftKey ? -1 : 1);
        told();
      });
      window.addEventListener("keydown", (event) => {
        if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
        if (pressed(view, run, event.key)) event.preventDefault();
      });
      window.addEventListener("resize", () => {
        view.scrollBy(0);
        view.request();
      });
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
        view.readColors();
        view.request();
      });
    }

    function pressed(view, run, key) {
      const actions = {
        ArrowLeft: () => view.move((view.start - view.end) / 8),
        ArrowRight: () => view.move((view.end - view.start) / 8),
        ArrowUp: () => view.scrollBy(-60),
        ArrowDown: () => view.scrollBy(60),
        "+": () => view.zoom(0.5),
        "=": () => view.zoom(0.5),
        "-": () => view.zoom(2),
        0: () => view.show(0, run.duration),
        Home: () => view.show(0, run.duration),
        Escape: () => mark(view, null),
      };
      if (!(key in actions)) return false;
      actions[key]();
      return true;
    }

    function mark(view, bar) {
      const line = bar && (bar.line || bar.label);
      view.marked = line === view.marked ? null : line;
      view.request();
    }

    // MARK: Tips

    function showTip(view, canvas, event) {
      const tip = document.getElementById("tip");
      const bar = canvas === view.canvas.bars ? view.barAt(event.offsetX, event.offsetY) : null;
      const span = bar ? null : view.spanAt(event.offsetX);
      const [title, ...rows] = bar ? barText(bar) : span ? spanText(span, view.run) : [];
      tip.hidden = title === undefined;
      if (tip.hidden) return;
      tip.replaceChildren(element("b", title), ...rows.map((row) => element("span", row)));
      const area = document.getElementById("charts");
      const [x, y] = [event.offsetX, event.offsetY + canvas.offsetTop];
      const left = x + 16 + tip.offsetWidth > area.clientWidth ? x - 16 - tip.offsetWidth : x + 16;
      tip.style.left = `${Math.max(4, left)}px`;
      tip.style.top = `${Math.max(4, Math.min(y + 12, area.clientHeight - tip.offsetHeight - 4))}px`;
    }

    function barText(bar) {
      const endings = {
        finished: "ran to its end", preempted: "lost its blocks to another", dropped: "dropped unfinished",
        cut: "goes on; no bars are kept from here on",
      };
      const rows = [
        bar.label,
        `${bar.line ? `line ${bar.line}, ` : ""}sequence ${bar.sequence}${bar.resumed ? ", once more" : ""}`,
        `${duration(bar.start)} to ${duration(bar.end)}: ${duration(bar.end - bar.start)}`,
        `prompt of ${count(bar.prompt)} tokens${bar.cached ? `, ${count(bar.cached)} tokens in the cache already` : ""}`,
        `${count(bar.computed)} tokens computed, ${count(bar.draws)} drawn${bar.beams > 1 ? ` for each of ${bar.beams} beams` : ""}`,
      ];
      if (bar.prefillEnd > bar.start) rows.push(`${bar.resumed ? "computed again" : "prefill"} in ${duration(bar.prefillEnd - bar.start)}`);
      return [...rows, endings[bar.ending]];
    }

    function spanText(span, run) {
      const blocks = run.facts ? ` of ${count(run.facts.blocks)}` : "";
      if (!span.phases) {
        return [
          `${count(span.steps)} steps in ${duration(span.end - span.start)}`,
          `${span.sequences.toFixed(1)} sequences, ${span.tokens.toFixed(1)} tokens a step`,
          `${span.running.toFixed(1)} running, ${span.waiting.toFixed(1)} waiting`,
          `${count(span.blocks)}${blocks} blocks`,
        ];
      }
      return [
        `step ${count(span.number)} in ${duration(span.end - span.start)}`,
        `${count(span.sequences)} sequences, ${count(span.tokens)} tokens, ${count(span.prompt)} of prompts`,
        `${count(span.running)} running, ${count(span.waiting)} waiting${span.preempted ? `, ${count(span.preempted)} preempted` : ""}`,
        `${count(span.blocks)}${blocks} blocks`,
        phaseNames.map((name, index) => `${name} ${duration(span.phases[index])}`).join(", "),
      ];
    }
    """#
}
