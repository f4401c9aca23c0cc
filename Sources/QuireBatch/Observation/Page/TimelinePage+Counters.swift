extension TimelinePage {
  /// The end of the class that ``view`` begins: how it draws counters, and finds what is under the pointer.
  static let counters = #"""
      drawCounters(context) {
        const canvas = this.canvas.counters;
        const panel = canvas.clientHeight / 3;
        const { most, facts, spans } = this.run;
        const x = (time) => this.x(time);
        const draw = (index, share, color) => this.area(
          context, spans, share, x, index * panel + 10, (index + 1) * panel - 4, color, this.start, this.end);
        context.save();
        context.beginPath();
        context.rect(gutter, 0, this.plotWidth, canvas.clientHeight);
        context.clip();
        draw(0, (span) => span.sequences / most.sequences, this.color.decode);
        this.line(context, spans, (span) => span.waiting / most.sequences, 10, panel - 4, this.color.waiting);
        draw(1, (span) => span.tokens / most.tokens, this.color.prefill);
        draw(1, (span) => (span.tokens - span.prompt) / most.tokens, this.color.decode);
        const blocks = facts && most.blocks > facts.blocks / 2 ? facts.blocks : most.blocks;
        draw(2, (span) => span.blocks / blocks, this.color.blocks);
        context.restore();
        context.strokeStyle = this.color.grid;
        for (const index of [1, 2]) {
          context.beginPath();
          context.moveTo(0, Math.round(index * panel) + 0.5);
          context.lineTo(canvas.clientWidth, Math.round(index * panel) + 0.5);
          context.stroke();
        }
        this.name(context, "batch", panel * 0.3, this.color.decode, `max ${count(most.sequences)}`);
        this.name(context, "waiting", panel * 0.3 + 28, this.color.waiting);
        this.name(context, "tokens", panel * 1.3, this.color.prefill, `max ${count(most.tokens)}`);
        this.name(context, "blocks", panel * 2.3, this.color.blocks, `of ${count(blocks)}`);
        this.drawPointer(context, 0, canvas.clientHeight);
      }

      name(context, text, y, color, detail = "") {
        context.textAlign = "left";
        context.fillStyle = color;
        context.fillText(text, 12, y);
        context.fillStyle = this.color.muted;
        context.fillText(detail, 12, y + 14);
      }

      // Where many spans fall on one pixel, the highest counts.
      columns(spans, share, x, start, end, body) {
        let [left, right, value] = [-1, -1, 0];
        for (let index = Math.max(0, indexAt(spans, start)); index < spans.length; index += 1) {
          const span = spans[index];
          if (span.start > end) break;
          // Rounded up, so that the moment between two steps makes no white line.
          const [from, to] = [Math.floor(x(span.start)), Math.ceil(x(span.end))];
          if (from === left) {
            right = Math.max(right, to);
            value = Math.max(value, share(span));
            continue;
          }
          if (left >= 0 || right >= 0) body(left, Math.min(right, Math.max(from, left + 1)), value);
          [left, right, value] = [from, to, share(span)];
        }
        if (right >= 0) body(left, right, value);
      }

      area(context, spans, share, x, top, bottom, color, start, end) {
        context.fillStyle = color;
        this.columns(spans, share, x, start, end, (left, right, value) => {
          const height = Math.max(value > 0 ? 1 : 0, value * (bottom - top));
          context.fillRect(left, bottom - height, right - left, height);
        });
      }

      line(context, spans, share, top, bottom, color) {
        context.strokeStyle = color;
        context.lineWidth = 1.5;
        context.beginPath();
        this.columns(spans, share, (time) => this.x(time), this.start, this.end, (left, right, value) => {
          const y = bottom - value * (bottom - top);
          context.lineTo(left, y);
          context.lineTo(right, y);
        });
        context.stroke();
        context.lineWidth = 1;
      }

      // MARK: What is where

      barAt(x, y) {
        if (x < gutter || y < axisHeight) return null;
        const lane = Math.floor((y - axisHeight + this.scroll) / this.rowHeight);
        // A bar that is narrower than a pixel can still be met.
        const [from, to] = [this.time(x - 2), this.time(x + 2)];
        const time = this.time(x);
        let best = null;
        for (const bar of this.run.bars) {
          if (bar.lane !== lane || bar.start > to || bar.end < from) continue;
          if (best === null || (bar.start <= time && time <= bar.end)) best = bar;
        }
        return best;
      }

      spanAt(x) {
        const span = this.run.spans[indexAt(this.run.spans, this.time(x))];
        return x >= gutter && span && this.time(x) <= span.end ? span : null;
      }
    }
    """#
}
