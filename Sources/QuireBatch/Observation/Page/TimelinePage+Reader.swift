extension TimelinePage {
  /// The part of the page's program that reads the run's rows.
  static let reader = #"""
    // Reads the run from the page: rows of JSON, one a line, times in microseconds since the run began.

    const phaseNames = ["schedule", "forward", "sampling", "text", "update"];

    function readRun(text) {
      const run = { facts: null, bars: [], steps: [], intervals: [], cut: null, end: null };
      for (const line of text.split("\n")) {
        if (!line) continue;
        let row;
        // A run that was killed leaves half a row.
        try { row = JSON.parse(line); } catch { continue; }
        readRow(run, row);
      }
      complete(run);
      return run;
    }

    function readRow(run, row) {
      const [kind, ...v] = row;
      if (kind === "run") {
        run.facts = {
          model: v[0], version: v[1], threads: v[2], instructionSet: v[3], blocks: v[4], blockSize: v[5],
          lanes: v[6], budget: v[7], engines: v[8],
        };
      } else if (kind === "bar") {
        run.bars.push({
          lane: v[0], start: v[1], prefillEnd: v[2], end: v[3], ending: v[4], label: v[5], line: v[6],
          sequence: v[7], resumed: v[8] === 1, prompt: v[9], cached: v[10], computed: v[11], draws: v[12],
          beams: v[13],
        });
      } else if (kind === "step") {
        run.steps.push({
          number: v[0], start: v[1], end: v[2], sequences: v[3], tokens: v[4], prompt: v[5], blocks: v[6],
          running: v[7], waiting: v[8], preempted: v[9], phases: v.slice(10, 15), steps: 1,
        });
      } else if (kind === "interval") {
        run.intervals.push({
          start: v[0], end: v[1], steps: v[2], sequences: v[3], tokens: v[4], blocks: v[5], running: v[6],
          waiting: v[7], prompt: v[8] / v[2],
        });
      } else if (kind === "cut") {
        run.cut = v[0];
      } else if (kind === "end") {
        run.end = {
          how: v[0], time: v[1], steps: v[2], computed: v[3], prompt: v[4], output: v[5], hits: v[6],
          recomputed: v[7], preemptions: v[8], peakBlocks: v[9], phases: v.slice(10, 15), answered: v[15],
          failed: v[16],
        };
      }
    }

    // What follows from the rows: the spans that counters are drawn from, the run's length, the bars of a sequence.
    function complete(run) {
      // Steps of engines side by side come as they end.
      run.steps.sort((a, b) => a.start - b.start);
      const last = run.steps.reduce((time, step) => Math.max(time, step.end), 0);
      // Single steps may end within an interval; the rest of it follows them.
      const rest = run.intervals.filter((interval) => interval.end > last);
      for (const interval of rest) interval.start = Math.max(interval.start, last);
      run.spans = run.steps.concat(rest);
      run.end ??= sumUp(run, last);
      run.duration = run.bars.reduce((time, bar) => Math.max(time, bar.end), Math.max(run.end.time, last, 1));
      run.bars.sort((a, b) => a.lane - b.lane || a.start - b.start);
      run.laneCount = run.bars.reduce((count, bar) => Math.max(count, bar.lane + 1), 1);
      run.lineCount = new Set(run.bars.map((bar) => bar.line || bar.label)).size;
      const most = (key) => run.spans.reduce((value, span) => Math.max(value, span[key]), 1);
      run.most = {
        sequences: Math.max(most("sequences"), most("waiting")), tokens: most("tokens"), blocks: most("blocks"),
        running: most("running"),
      };
      for (let index = 1; index < run.bars.length; index += 1) {
        const [before, bar] = [run.bars[index - 1], run.bars[index]];
        if (before.lane === bar.lane && before.sequence === bar.sequence) before.gapEnd = bar.start;
      }
    }

    // A run that did not get to write its end: the sums of the steps that are there.
    function sumUp(run, last) {
      const total = (key) => run.steps.reduce((sum, step) => sum + step[key], 0);
      return {
        how: "broke off", time: last, steps: run.steps.length, computed: total("tokens"), prompt: total("prompt"),
        output: run.bars.reduce((sum, bar) => sum + bar.draws, 0), hits: 0, recomputed: 0,
        preemptions: total("preempted"), peakBlocks: run.steps.reduce((most, step) => Math.max(most, step.blocks), 0),
        phases: phaseNames.map((_, index) => run.steps.reduce((sum, step) => sum + step.phases[index], 0)),
      };
    }

    // The index of the last element that starts at or before `time`; -1 for none.
    function indexAt(elements, time) {
      let [low, high] = [0, elements.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (elements[middle].start <= time) low = middle + 1; else high = middle;
      }
      return low - 1;
    }

    function duration(microseconds) {
      if (microseconds < 1e3) return `${Math.round(microseconds)} µs`;
      if (microseconds < 1e6) return `${(microseconds / 1e3).toPrecision(3)} ms`;
      const seconds = microseconds / 1e6;
      if (seconds < 100) return `${seconds.toPrecision(3)} s`;
      const whole = Math.round(seconds);
      const two = (value) => String(value).padStart(2, "0");
      const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
      return hours ? `${hours}:${two(minutes)}:${two(whole % 60)} h` : `${minutes}:${two(whole % 60)} min`;
    }

    // A time as a label of the axis: the same unit for all that are shown, and so many digits that labels a step apart differ.
    function axisLabel(time, step, last) {
      if (time === 0) return "0";
      const [unit, name] = last < 1e3 ? [1, "µs"] : last < 1e6 ? [1e3, "ms"] : [1e6, "s"];
      const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
      if (last < 100e6) return `${(time / unit).toFixed(digits)} ${name}`;
      const scale = 10 ** digits;
      const parts = Math.round((time / 1e6) * scale);
      const whole = Math.floor(parts / scale);
      const two = (value) => String(value).padStart(2, "0");
      const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
      const rest = two(whole % 60) + (digits ? `.${String(parts % scale).padStart(digits, "0")}` : "");
      return hours ? `${hours}:${two(minutes)}:${rest} h` : `${minutes}:${rest} min`;
    }

    function count(value) {
      return Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
    }
    """#
}
