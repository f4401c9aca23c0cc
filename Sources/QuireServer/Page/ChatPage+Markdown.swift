extension ChatPage {
  /// A program of JavaScript: nodes of a text, of which nothing becomes HTML.
  static let markdown = #"""
    // A small part of Markdown, as nodes: paragraphs, headings, lists, code, bold and italic, links. All that a text says
    // becomes text; no HTML of it is ever read. Time grows with the length of the text, whatever it holds.

    const labelLimit = 500;
    const addressLimit = 2000;
    const listDepthLimit = 6;
    const punctuation = /[!-/:-@[-`{-~]/;

    // Nodes of a text, in a fragment.
    export function render(document, text) {
      const fragment = document.createDocumentFragment();
      const make = (parent, name) => parent.appendChild(document.createElement(name));
      const lines = text.split(/\r\n|\r|\n/);
      let paragraph = [];
      // The open lists, outermost first: { node, indent, item }.
      let lists = [];
      const end = () => {
        if (paragraph.length > 0) inline(document, make(fragment, "p"), paragraph.join("\n"));
        paragraph = [];
        for (const list of lists) closeItem(list);
        lists = [];
      };
      const closeItem = (list) => {
        if (list.lines.length > 0) inline(document, list.item, list.lines.join("\n"), list.item.firstElementChild);
        list.lines = [];
      };
      for (let index = 0; index < lines.length; index += 1) {
        const line = lines[index];
        const content = line.trimStart();
        const indent = line.length - content.length;
        const fence = /^(`{3,}|~{3,})([^`]*)$/.exec(content);
        if (fence) {
          end();
          index = code(make, fragment, lines, index, indent, fence);
          continue;
        }
        const heading = /^(#{1,6}) (.*)$/.exec(content);
        if (heading && indent < 4) {
          end();
          inline(document, make(fragment, `h${Math.min(6, heading[1].length + 2)}`), heading[2].replace(/ #+$/, ""));
          continue;
        }
        const mark = /^(?:([-*+])|(\d{1,9})[.)]) (.*)$/.exec(content);
        if (mark) {
          if (paragraph.length > 0) end();
          while (lists.length > 0 && indent < lists.at(-1).indent) closeItem(lists.pop());
          let list = lists.at(-1);
          const isInner = list && indent >= list.indent + 2 && lists.length < listDepthLimit;
          if (!list || isInner) {
            list = openList(make, lists, list ? list.item : fragment, indent, mark);
          } else {
            closeItem(list);
            if ((list.node.tagName.toLowerCase() === "ol") !== (mark[2] !== undefined)) {
              // A list of the other kind begins beside the one that has ended.
              lists.pop();
              list = openList(make, lists, list.node.parentNode, indent, mark);
            }
          }
          list.item = make(list.node, "li");
          list.lines = [mark[3]];
          continue;
        }
        if (content === "") {
          if (lists.length === 0) end();
          else lists.at(-1).isLoose = true;
        } else if (lists.length > 0 && (indent >= 2 || !lists.at(-1).isLoose)) {
          lists.at(-1).lines.push(content);
          lists.at(-1).isLoose = false;
        } else {
          if (lists.length > 0) end();
          paragraph.push(content);
        }
      }
      end();
      return fragment;
    }

    function openList(make, lists, parent, indent, mark) {
      const node = make(parent, mark[2] === undefined ? "ul" : "ol");
      if (mark[2] !== undefined && Number(mark[2]) !== 1) node.setAttribute("start", String(Number(mark[2])));
      const list = { node, indent, item: null, lines: [], isLoose: false };
      lists.push(list);
      return list;
    }

    // Code between fences; returns the line of the closing one, or the last of all where it has not come yet.
    function code(make, parent, lines, start, indent, fence) {
      let last = start + 1;
      const isEnd = (line) => {
        const content = line.trim();
        return content.length >= fence[1].length && content === fence[1][0].repeat(content.length);
      };
      while (last < lines.length && !isEnd(lines[last])) last += 1;
      const own = lines.slice(start + 1, last).map((line) => {
        const blank = line.length - line.trimStart().length;
        return line.slice(Math.min(indent, blank));
      });
      const block = make(parent, "pre");
      // What scrolls must be within reach of the keyboard.
      block.setAttribute("tabindex", "0");
      block.setAttribute("role", "group");
      const language = fence[2].trim().split(" ")[0];
      block.setAttribute("aria-label", language === "" ? "code" : `code, ${language}`);
      make(block, "code").textContent = own.join("\n");
      return last;
    }

    // An address that a link may lead to: http or https, without a name or password in it. Null for any other.
    export function safeAddress(text) {
      if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
      const url = new URL(text);
      const isPlain = ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "";
      return isPlain ? url.href : null;
    }

    // Adds the text of a paragraph to a node, before another one of its children where that is given.
    function inline(document, parent, text, before = null) {
      // Open emphasis, outermost first: { node, mark }. The same mark is open once, so there are at most four.
      const open = [{ node: parent, mark: "" }];
      const missing = new Set();
      let plain = "";
      const add = (node) => {
        const top = open.at(-1).node;
        if (top === parent) parent.insertBefore(node, before);
        else top.appendChild(node);
      };
      const flush = () => {
        if (plain !== "") add(document.createTextNode(plain));
        plain = "";
      };
      // Takes back emphasis that was never closed: its mark is text.
      const unwrap = () => {
        const { node, mark } = open.pop();
        const children = [...node.childNodes];
        node.remove();
        add(document.createTextNode(mark));
        for (const child of children) add(child);
      };
      let index = 0;
      while (index < text.length) {
        const character = text[index];
        if (character === "\\" && punctuation.test(text[index + 1] ?? "")) {
          plain += text[index + 1];
          index += 2;
          continue;
        }
        if (character === "`") {
          let length = 1;
          while (text[index + length] === "`") length += 1;
          const run = "`".repeat(length);
          const close = missing.has(length) ? -1 : closing(text, run, index + length);
          if (close < 0) {
            missing.add(length);
            plain += run;
            index += length;
          } else {
            flush();
            const node = document.createElement("code");
            node.textContent = text.slice(index + length, close).replace(/^ (.+) $/s, "$1");
            add(node);
            index = close + length;
          }
          continue;
        }
        const link = character === "[" ? bracketed(text, index) : character === "h" || character === "H" ? bare(text, index) : null;
        if (link) {
          flush();
          add(anchor(document, link));
          index = link.end;
          continue;
        }
        if (character === "*" || character === "_") {
          const mark = text[index + 1] === character ? character + character : character;
          const [left, right] = [text[index - 1] ?? " ", text[index + mark.length] ?? " "];
          const isWord = (one) => /[\p{L}\p{N}]/u.test(one);
          const canOpen = /\S/.test(right) && (character === "*" || !isWord(left));
          const canClose = /\S/.test(left) && (character === "*" || !isWord(right));
          const place = open.findLastIndex((one) => one.mark === mark);
          if (canClose && place > 0) {
            flush();
            while (open.length - 1 > place) unwrap();
            open.pop();
          } else if (canOpen && place < 0) {
            flush();
            const node = document.createElement(mark.length === 2 ? "strong" : "em");
            add(node);
            open.push({ node, mark });
          } else {
            plain += mark;
          }
          index += mark.length;
          continue;
        }
        plain += character;
        index += 1;
      }
      flush();
      while (open.length > 1) unwrap();
    }

    // Where a run of backquotes of this very length stands at or after a place; -1 where none does.
    function closing(text, run, start) {
      let place = text.indexOf(run, start);
      while (place >= 0) {
        let end = place + run.length;
        while (text[end] === "`") end += 1;
        if (end - place === run.length) return place;
        place = text.indexOf(run, end);
      }
      return -1;
    }

    // The link [label](address) at a place.
    function bracketed(text, start) {
      const label = /^\[([^\[\]\n]+)\]\(/.exec(text.slice(start, start + labelLimit));
      if (!label) return null;
      const place = start + label[0].length;
      const address = /^<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)?)>?(?: "[^"\n]*")?\)/.exec(text.slice(place, place + addressLimit));
      const href = address && safeAddress(address[1]);
      return href ? { href, label: label[1], end: place + address[0].length } : null;
    }

    // The address that stands in the text at a place as it is.
    function bare(text, start) {
      if (/[\p{L}\p{N}]/u.test(text[start - 1] ?? "")) return null;
      const found = /^https?:\/\/[^\s<>"`*\\^{}|]+/i.exec(text.slice(start, start + addressLimit));
      if (!found) return null;
      let written = found[0].replace(/[.,;:!?'\]_]+$/, "");
      if (written.endsWith(")") && !written.includes("(")) written = written.slice(0, -1);
      const href = safeAddress(written);
      return href ? { href, label: written, end: start + written.length } : null;
    }

    // A link says where it leads, in the form in which the browser reads it.
    function anchor(document, { href, label }) {
      const node = document.createElement("a");
      node.setAttribute("href", href);
      node.setAttribute("rel", "noopener noreferrer nofollow");
      node.setAttribute("target", "_blank");
      if (label === href || `${label}/` === href) {
        node.textContent = href;
      } else {
        // Letters that turn the direction of writing have no effect beyond the label.
        const own = node.appendChild(document.createElement("bdi"));
        own.textContent = label;
        node.appendChild(document.createTextNode(` (${href})`));
      }
      return node;
    }

    """#
}
