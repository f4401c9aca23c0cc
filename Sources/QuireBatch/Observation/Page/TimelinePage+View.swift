extension TimelinePage {
  /// The part of the page's program that draws: a class of JavaScript, whose end is ``counters``.
  static let view = #"""
    // Draws the run on three canvases that share one time axis.

    const gutter = 84;
    const rightMargin = 12;
    const axisHeight = 26;

    class View {
      constructor(run) {
        this.run = run;
        this.canvas = Object.fromEntries(
          ["overview", "bars", "counters"].map((id) => [id, document.getElementById(id)]));
        this.start = 0;
        this.end = run.duration;
        this.scroll = 0;
        this.pointer = null;
        this.marked = null;
        this.found = "";
        this.matches = [];
        this.place = 0;
        this.readColors();
      }

      readColors() {
        const style = getComputedStyle(document.documentElement);
        const names = ["card", "ink", "muted", "grid", "line", "prefill", "recompute", "decode", "decode-alt",
          "preempted", "dropped", "blocks", "waiting", "shade"];
        this.color = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      }

      // The part of the run that is shown stays within it, and is never shorter than some microseconds.
      show(start, end) {
        const length = Math.min(Math.max(end - start, 50), this.run.duration);
        this.start = Math.min(Math.max(start, 0), this.run.duration - length);
        this.end = this.start + length;
        this.request();
      }

      zoom(factor, time = (this.start + this.end) / 2) {
        this.show(time - (time - this.start) * factor, time + (this.end - time) * factor);
      }

      move(microseconds) { this.show(this.start + microseconds, this.end + microseconds); }

      scrollBy(pixels) {
        this.scroll = Math.min(Math.max(this.scroll + pixels, 0), Math.max(0, this.rowsHeight - this.laneHeight));
        this.request();
      }

      // Looks for lines by a part of their ids, and goes to the first: the one of that id, else the one that began first.
      find(text) {
        this.found = text.trim().toLowerCase();
        const rank = (bar) => (bar.label.toLowerCase() === this.found ? 0 : 1);
        this.matches = this.found === "" ? [] : this.run.bars
          .filter((bar) => bar.label.toLowerCase().includes(this.found))
          .sort((a, b) => rank(a) - rank(b) || a.start - b.start);
        this.place = 0;
        this.goTo(0);
      }

      // Goes so many matches on, around their end.
      goTo(step) {
        const count = this.matches.length;
        if (!count) return this.request();
        this.place = (this.place + step + count) % count;
        this.reveal(this.matches[this.place]);
      }

      // Brings a bar to the middle, and near enough to be seen whole and not as a line.
      reveal(bar) {
        const least = Math.max(bar.end - bar.start, 1);
        let span = this.end - this.start;
        if (span < least * 1.25 || (least / span) * this.plotWidth < 40) span = least * 8;
        const middle = (bar.start + bar.end) / 2;
        this.show(middle - span / 2, middle + span / 2);
        this.scrollBy((bar.lane + 0.5) * this.rowHeight - this.laneHeight / 2 - this.scroll);
      }

      get plotWidth() { return Math.max(1, this.canvas.bars.clientWidth - gutter - rightMargin); }
      get laneHeight() { return Math.max(1, this.canvas.bars.clientHeight - axisHeight); }
      get rowHeight() { return Math.min(28, Math.max(5, this.laneHeight / this.run.laneCount)); }
      get rowsHeight() { return this.rowHeight * this.run.laneCount; }

      x(time) { return gutter + ((time - this.start) / (this.end - this.start)) * this.plotWidth; }
      time(x) { return this.start + ((x - gutter) / this.plotWidth) * (this.end - this.start); }

      request() {
        if (this.requested) return;
        this.requested = requestAnimationFrame(() => {
          this.requested = null;
          this.draw();
        });
      }

      draw() {
        this.drawOverview(this.prepare("overview"));
        this.drawBars(this.prepare("bars"));
        this.drawCounters(this.prepare("counters"));
      }

      // A context in CSS pixels, cleared.
      prepare(id) {
        const canvas = this.canvas[id];
        const scale = window.devicePixelRatio || 1;
        const [width, height] = [canvas.clientWidth, canvas.clientHeight];
        if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
          canvas.width = Math.round(width * scale);
          canvas.height = Math.round(height * scale);
        }
        const context = canvas.getContext("2d");
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, width, height);
        context.font = "11px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
        context.textBaseline = "middle";
        return context;
      }

      // MARK: Overview

      drawOverview(context) {
        const canvas = this.canvas.overview;
        const [width, height] = [this.plotWidth, canvas.clientHeight];
        const x = (time) => gutter + (time / this.run.duration) * width;
        this.name(context, "running", height / 2, this.color.muted);
        this.area(context, this.run.spans, (span) => span.running / this.run.most.running, x, 6, height - 6,
          this.color["decode-alt"], 0, this.run.duration);
        const [left, right] = [x(this.start), x(this.end)];
        context.fillStyle = this.color.shade;
        context.fillRect(left, 1, right - left, height - 2);
        context.strokeStyle = this.color.decode;
        context.strokeRect(left + 0.5, 1.5, Math.max(2, right - left - 1), height - 3);
      }

      // MARK: Bars

      drawBars(context) {
        const canvas = this.canvas.bars;
        const [width, height] = [canvas.clientWidth, canvas.clientHeight];
        context.save();
        context.beginPath();
        context.rect(gutter, axisHeight, width - gutter - rightMargin, height - axisHeight);
        context.clip();
        this.drawStepLines(context, axisHeight, height);
        if (this.run.cut !== null) this.drawCut(context, height);
        for (const bar of this.run.bars) this.drawBar(context, bar, height);
        context.restore();
        this.drawLanes(context, height);
        this.drawAxis(context, width);
        this.drawPointer(context, axisHeight, height);
      }

      row(bar) {
        const height = this.rowHeight;
        const gap = height >= 8 ? 2 : 1;
        return [axisHeight + bar.lane * height - this.scroll + gap / 2, height - gap];
      }

      drawBar(context, bar, bottom) {
        if (Math.max(bar.end, bar.gapEnd ?? 0) < this.start || bar.start > this.end) return;
        const [top, height] = this.row(bar);
        if (top + height < axisHeight || top > bottom) return;
        const [left, middle, right] = [this.x(bar.start), this.x(bar.prefillEnd), this.x(bar.end)];
        context.globalAlpha = this.isDimmed(bar) ? 0.18 : 1;
        context.fillStyle = bar.resumed ? this.color.recompute : this.color.prefill;
        if (middle > left) context.fillRect(left, top, Math.max(0.75, middle - left), height);
        context.fillStyle = bar.ending === "dropped" ? this.color.dropped
          : bar.sequence % 2 ? this.color["decode-alt"] : this.color.decode;
        if (right > middle) context.fillRect(middle, top, Math.max(0.75, right - middle), height);
        if (bar.ending === "preempted") this.drawPreemption(context, bar, right, top, height);
        if (bar === this.matches[this.place]) {
          context.strokeStyle = this.color.ink;
          context.strokeRect(left - 1.5, top - 0.5, Math.max(0.75, right - left) + 3, height + 1);
        }
        const visible = Math.min(right, gutter + this.plotWidth) - Math.max(left, gutter);
        if (height >= 11 && visible > 26) {
          context.save();
          context.beginPath();
          context.rect(Math.max(left, gutter), top, visible - 3, height);
          context.clip();
          context.fillStyle = "#ffffff";
          context.textAlign = "left";
          context.fillText(bar.label, Math.max(left, gutter) + 4, top + height / 2 + 0.5);
          context.restore();
        }
        context.globalAlpha = 1;
      }

      drawPreemption(context, bar, x, top, height) {
        context.fillStyle = this.color.preempted;
        context.fillRect(x - 3, top, 3, height);
        if (bar.gapEnd === undefined) return;
        context.strokeStyle = this.color.preempted;
        context.setLineDash([2, 3]);
        context.beginPath();
        context.moveTo(x, top + height / 2);
        context.lineTo(this.x(bar.gapEnd), top + height / 2);
        context.stroke();
        context.setLineDash([]);
      }

      isDimmed(bar) {
        if (this.marked !== null) return (bar.line || bar.label) !== this.marked;
        return this.found !== "" && !bar.label.toLowerCase().includes(this.found);
      }

      drawCut(context, height) {
        const x = this.x(this.run.cut);
        context.fillStyle = this.color.shade;
        context.fillRect(x, axisHeight, this.canvas.bars.clientWidth - x, height);
        context.fillStyle = this.color.muted;
        context.textAlign = "left";
        context.fillText("no bars are kept from here on", x + 8, axisHeight + 14);
      }

      drawLanes(context, height) {
        context.fillStyle = this.color.muted;
        context.textAlign = "right";
        const every = Math.max(1, Math.ceil(16 / this.rowHeight));
        for (let lane = 0; lane < this.run.laneCount; lane += every) {
          const y = axisHeight + (lane + 0.5) * this.rowHeight - this.scroll;
          if (y > axisHeight + 4 && y < height - 4) context.fillText(String(lane), gutter - 8, y);
        }
        context.textAlign = "left";
        context.fillText("row", 12, axisHeight / 2);
      }

      // MARK: Time and steps

      drawAxis(context, width) {
        context.strokeStyle = this.color.line;
        context.beginPath();
        context.moveTo(gutter, axisHeight - 0.5);
        context.lineTo(width - rightMargin, axisHeight - 0.5);
        context.stroke();
        const step = this.tickLength(110);
        context.fillStyle = this.color.muted;
        context.textAlign = "left";
        for (let time = Math.ceil(this.start / step) * step; time <= this.end; time += step) {
          const x = Math.round(this.x(time)) + 0.5;
          context.beginPath();
          context.moveTo(x, 4);
          context.lineTo(x, axisHeight - 8);
          context.stroke();
          if (x < width - rightMargin - 50) context.fillText(axisLabel(time, step, this.end), x + 4, 9);
        }
        this.drawStepTicks(context);
      }

      // A round length of time that is at least so many pixels wide.
      tickLength(pixels) {
        const least = (pixels / this.plotWidth) * (this.end - this.start);
        const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
        return [1, 2, 5, 10].map((factor) => factor * power).find((length) => length >= least) ?? 10 * power;
      }

      // Calls `body` for each step that begins in the part that is shown, at most one every `pixels`.
      eachStep(pixels, body) {
        let last = -Infinity;
        for (let index = Math.max(0, indexAt(this.run.steps, this.start)); index < this.run.steps.length; index += 1) {
          const step = this.run.steps[index];
          if (step.start > this.end) return;
          const x = this.x(step.start);
          if (x < gutter || x - last < pixels) continue;
          last = x;
          body(step, Math.round(x) + 0.5);
        }
      }

      drawStepTicks(context) {
        context.strokeStyle = this.color.muted;
        context.beginPath();
        this.eachStep(2, (step, x) => {
          context.moveTo(x, axisHeight - 6);
          context.lineTo(x, axisHeight - 1);
        });
        context.stroke();
      }

      drawStepLines(context, top, bottom) {
        const shown = indexAt(this.run.steps, this.end) - indexAt(this.run.steps, this.start);
        if (shown < 1 || this.plotWidth / shown < 7) return;
        context.strokeStyle = this.color.grid;
        context.beginPath();
        this.eachStep(0, (step, x) => {
          context.moveTo(x, top);
          context.lineTo(x, bottom);
        });
        context.stroke();
      }

      drawPointer(context, top, bottom) {
        if (this.pointer === null || this.pointer < gutter || this.pointer > gutter + this.plotWidth) return;
        context.strokeStyle = this.color.muted;
        context.beginPath();
        context.moveTo(Math.round(this.pointer) + 0.5, top);
        context.lineTo(Math.round(this.pointer) + 0.5, bottom);
        context.stroke();
      }

      // MARK: Counters
    """#
}
