// Runs the program of a timeline's page without a browser: node page_view.js PAGE.html
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const vm = require("node:vm");

const page = fs.readFileSync(process.argv[2], "utf8");
const program = page.split("<script>")[1].split("</script>")[0];
const rows = page.split('id="run">')[1].split("</script>")[0];

// Canvases that remember what is written on them, and elements that remember their text and who listens.
const elements = {};
function element(id) {
  const texts = [];
  const context = new Proxy({ texts }, {
    get: (target, name) => (name in target ? target[name] : name === "fillText" ? (text, x) => texts.push([text, x]) : () => {}),
    set: () => true,
  });
  return {
    id, clientWidth: 1000, clientHeight: 50, style: {}, listeners: {}, textContent: "", value: "",
    classList: { add() {}, remove() {} }, getContext: () => context,
    addEventListener(kind, listener) { this.listeners[kind] = listener; },
    append() {}, replaceChildren() {},
  };
}
const document = {
  ...element("document"),
  getElementById: (id) => (elements[id] ??= element(id)),
  createElement: element,
  documentElement: {},
};
const window = { ...element("window"), devicePixelRatio: 1, matchMedia: () => element("media") };
document.getElementById("run").textContent = rows;
const world = vm.createContext({
  document, window, console, HTMLInputElement: class {}, requestAnimationFrame: () => 1,
  getComputedStyle: () => ({ getPropertyValue: () => "#000" }),
});
vm.runInContext(`${program}\nthis.parts = { readRun, View, listen, fill, axisLabel };`, world);
const { readRun, View, listen, fill, axisLabel } = world.parts;

const run = readRun(rows);
fill(run);
assert(run.bars.length > 20);
const view = new View(run);
listen(view, run);
const find = document.getElementById("find");
const found = document.getElementById("found");

// What is found is shown: in the part of the run and of the rows that is seen, and wide enough to be seen.
function isShown(bar) {
  const top = (bar.lane + 0.5) * view.rowHeight - view.scroll;
  const [left, right] = [view.x(bar.start), view.x(bar.end)];
  return view.start <= bar.start && bar.end <= view.end && top >= 0 && top <= view.laneHeight && right - left >= 10;
}
for (const bar of run.bars) {
  view.show(0, run.duration / 50);
  find.value = bar.label.toUpperCase();
  find.listeners.input({ target: find });
  assert.strictEqual(view.matches[0].label, bar.label);
  assert(isShown(view.matches[0]), bar.label);
  assert.strictEqual(found.textContent, `1 of ${view.matches.length}`);
  // On to each of the others, and around.
  for (let place = 1; place <= view.matches.length; place += 1) {
    find.listeners.keydown({ key: "Enter", shiftKey: false });
    assert(isShown(view.matches[place % view.matches.length]));
  }
  find.listeners.keydown({ key: "Enter", shiftKey: true });
  assert.strictEqual(view.place, view.matches.length - 1);
}
find.value = "no such id";
find.listeners.input({ target: find });
assert.strictEqual(found.textContent, "none");
find.value = "";
find.listeners.input({ target: find });
assert.strictEqual(found.textContent, "");

// Labels of the axis differ, whatever part of a run of whatever length is shown.
const context = view.canvas.bars.getContext("2d");
let labelCount = 0;
for (const duration of [60, 9e3, 8e5, 7e6, 99e6, 101e6, 4e9, 9e11]) {
  run.duration = duration;
  for (let zoom = 1; zoom < 1e6; zoom *= 3) {
    for (const share of [0, 0.37, 0.999]) {
      view.show(duration * share, duration * share + duration / zoom);
      context.texts.length = 0;
      view.drawAxis(context, 1000);
      const labels = context.texts.map(([text]) => text);
      assert.strictEqual(new Set(labels).size, labels.length, `${duration} ${zoom} ${share}: ${labels.join(", ")}`);
      assert(labels.length > 2, `${duration} ${zoom} ${share}: ${labels.join(", ")}`);
      labelCount += labels.length;
    }
  }
}
assert(labelCount > 500);
assert.strictEqual(axisLabel(123_450_000, 50_000, 124e6), "2:03.45 min");
assert.strictEqual(axisLabel(3_725_000_000, 5_000_000, 4e9), "1:02:05 h");
assert.strictEqual(axisLabel(1500, 500, 2e3), "1.5 ms");
