// Runs the modules of the server's page without a browser: node chat_page_view.mjs FOLDER
import assert from "node:assert";
import path from "node:path";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(path.resolve(process.argv[2], name)));
const { render, safeAddress } = await load("markdown.js");
const { EventReader } = await load("stream.js");
const { readHistory, asMessages, asPairs } = await load("history.js");

// As much of a document as the page makes of a text.
class Node {
  constructor(tag, text = "") {
    Object.assign(this, { tag, text, attributes: {}, childNodes: [], parentNode: null });
  }
  get tagName() { return this.tag.toUpperCase(); }
  get firstElementChild() { return this.childNodes.find((node) => node.tag !== "#text") ?? null; }
  set textContent(text) { this.childNodes = text === "" ? [] : [new Node("#text", text)]; }
  get textContent() { return this.tag === "#text" ? this.text : this.childNodes.map((node) => node.textContent).join(""); }
  setAttribute(name, value) { this.attributes[name] = value; }
  remove() {
    const siblings = this.parentNode?.childNodes ?? [];
    // From the end, where what is removed stands.
    const place = siblings.lastIndexOf(this);
    if (place >= 0) siblings.splice(place, 1);
  }
  insertBefore(node, before) {
    node.remove();
    node.parentNode = this;
    if (before) this.childNodes.splice(this.childNodes.indexOf(before), 0, node);
    else this.childNodes.push(node);
    return node;
  }
  appendChild(node) { return this.insertBefore(node, null); }
}
const document = {
  createElement: (name) => new Node(name), createTextNode: (text) => new Node("#text", text),
  createDocumentFragment: () => new Node("#fragment"),
};

// What a text becomes: elements in brackets, [em a], with the addresses of links.
function shown(node) {
  if (node.tag === "#text") return node.text;
  const children = node.childNodes.map(shown).join("");
  if (node.tag === "#fragment") return children;
  const more = ["href", "start"].map((name) => (node.attributes[name] ? ` ${name}=${node.attributes[name]}` : "")).join("");
  return `[${node.tag}${more} ${children}]`;
}
const cases = [
  ["one\ntwo\n\nthree", "[p one\ntwo][p three]"],
  ["# One\n### Three ##\n###### Six", "[h3 One][h5 Three][h6 Six]"],
  ["#hash\n####### seven", "[p #hash\n####### seven]"],
  ["a **bold _and italic_** b", "[p a [strong bold [em and italic]] b]"],
  ["snake_case_name 2 * 3 * 4 ** 5", "[p snake_case_name 2 * 3 * 4 ** 5]"],
  ["**open *and `code**`", "[p **open *and [code code**]]"],
  ["*a **b* c**", "[p [em a **b] c**]"],
  ["`` a`b `` \\*plain\\* ```", "[p [code a`b] *plain* ```]"],
  ["- a\n- b\n  - c\n  more\n- d", "[ul [li a][li b[ul [li c\nmore]]][li d]]"],
  ["1. a\n2. b\n- c", "[ol [li a][li b]][ul [li c]]"],
  ["3) a\n\n4) b\n\nend", "[ol start=3 [li a][li b]][p end]"],
  ["x:\n- a", "[p x:][ul [li a]]"],
  ["```py\n<b>*x*</b>\n  y\n```\nend", "[pre [code <b>*x*</b>\n  y]][p end]"],
  ["1. a\n   ```\n   x\n   ```\n2. b", "[ol [li a]][pre [code x]][ol start=2 [li b]]"],
  ["~~~\nopen\n```", "[pre [code open\n```]]"],
  ["<script>alert(1)</script>", "[p <script>alert(1)</script>]"],
  ["[a](https://b.example/c)", "[p [a href=https://b.example/c [bdi a] (https://b.example/c)]]"],
  ["see https://b.example/c_(d).", "[p see [a href=https://b.example/c_(d) https://b.example/c_(d)].]"],
  ["[a](https://b.example/c_(d))", "[p [a href=https://b.example/c_(d) [bdi a] (https://b.example/c_(d))]]"],
  ["**[a](http://b.example)**", "[p [strong [a href=http://b.example/ [bdi a] (http://b.example/)]]]"],
  ["[a](javascript:alert(1)) [b](//c.example) [d](data:text/html,x)", "[p [a](javascript:alert(1)) [b](//c.example) [d](data:text/html,x)]"],
  ["[https://good.example](https://evil.example)",
    "[p [a href=https://evil.example/ [bdi https://good.example] (https://evil.example/)]]"],
  ["", ""],
];
for (const [text, expected] of cases) assert.strictEqual(shown(render(document, text)), expected, text);
for (const address of [
  "javascript:alert(1)", " https://a.example", "JAVASCRIPT://a.example/%0aalert(1)", "https://user@a.example", "https://a:b@c.example",
  "file:///etc/passwd", "blob:https://a.example/1", "https://", "ftp://a.example", "java\nscript:alert(1)",
]) assert.strictEqual(safeAddress(address), null, address);
assert.strictEqual(safeAddress("HTTPS://A.example/é"), "https://a.example/%C3%A9");

// No text is lost, whatever it holds, and none takes long.
const pieces = [
  "`", "``", "*", "**", "_", "__", "[", "](", "[a](", ")", "- ", "  - ", "1. ", "# ", "```\n", "\n", "a", " ", "\\", "http", "https://a",
  "<b>", "***", "~~~", "![x](y)", "é", "🙂", "\u202e",
];
const size = 100_000;
for (const first of pieces) {
  for (const second of pieces) {
    const text = (first + second).repeat(200);
    const letters = (some) => some.replace(/[^aéb🙂]/gu, "");
    const found = render(document, text).textContent;
    if (!/http|```|~~~/.test(first + second)) assert.strictEqual(letters(found), letters(text), first + second);
  }
  for (const text of [first.repeat(size / first.length), `${first}x`.repeat(size / 10), `${first}\n`.repeat(size / 10)]) {
    const start = performance.now();
    render(document, text);
    const time = performance.now() - start;
    assert(time < 3000, `${JSON.stringify(first)} took ${time} ms`);
  }
}

// Events are the same wherever the stream is cut.
const stream = "data: {\"a\":1}\n\n: remark\r\n\r\ndata:{\"b\":\r\ndata: 2}\r\n\r\nevent: x\ndata\n\rid: 3\ndata: [DONE]\n\n";
const events = ["{\"a\":1}", "{\"b\":\n2}", "", "[DONE]"];
for (let first = 0; first <= stream.length; first += 1) {
  for (let second = first; second <= stream.length; second += 1) {
    const reader = new EventReader();
    const parts = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)];
    assert.deepStrictEqual(parts.flatMap((part) => reader.take(part)), events);
  }
}

// Histories in every form come back as they were.
const said = [{ role: "user", content: "a\u2028\"<b>" }, { role: "assistant", content: "" }];
for (const system of ["", "be brief"]) {
  for (const form of [asMessages, asPairs]) {
    assert.deepStrictEqual(readHistory(JSON.stringify(form(system, said))), { system, messages: said });
  }
}
assert.deepStrictEqual(readHistory(JSON.stringify({ messages: said })).messages, said);
assert.deepStrictEqual(
  readHistory('[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]').messages, [{ role: "user", content: "ab" }]);
assert.strictEqual(asPairs("", said.slice(0, 1)), null);
for (const [text, why] of [
  ["{", "JSON"], ["1", "neither"], ["null", "neither"], ["{}", "neither"], ["[1]", "message 1"], ["[[1,2]]", "pair 1"],
  ['[["a","b"],["a"]]', "pair 2"], ['[{"role":"tool","content":"a"}]', '"tool"'], ['[{"role":"user"}]', "message 1"],
  ['[{"role":"user","content":"a"},{"role":"system","content":"a"}]', "message 2"], ['{"history":[],"system":1}', "system"],
  ['[{"role":"user","content":[{"type":"image_url"}]}]', "message 1"], ['[{"content":"a"}]', "none"],
]) assert.throws(() => readHistory(text), (error) => error.message.includes(why), text);
