// An SVG of what the window shows: boxes with their colours, and lines of text, as text. An expression of JavaScript.
(() => {
  const escape = (text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
  const round = (number) => Math.round(number * 10) / 10;
  const [width, height] = [innerWidth, innerHeight];
  const drawn = [];
  const isSeen = (box) => box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < height;
  const hex = (color) => `#${color.match(/\d+/g).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;

  function box(node, style) {
    const place = node.getBoundingClientRect();
    const isFilled = !/, 0\)$|transparent/.test(style.backgroundColor);
    const border = parseFloat(style.borderTopWidth) && parseFloat(style.borderLeftWidth) ? hex(style.borderTopColor) : null;
    if (!isSeen(place) || (!isFilled && !border)) return;
    drawn.push(`<rect x="${round(place.x)}" y="${round(place.y)}" width="${round(place.width)}" height="${round(place.height)}"` +
      ` rx="${parseFloat(style.borderTopLeftRadius) || 0}" fill="${isFilled ? hex(style.backgroundColor) : "none"}"` +
      `${border ? ` stroke="${border}"` : ""}/>`);
  }

  function line(text, place, style) {
    if (text.trim() === "" || !isSeen(place)) return;
    const size = parseFloat(style.fontSize);
    const more = (parseInt(style.fontWeight, 10) > 500 ? ' font-weight="600"' : "") + (style.fontStyle === "italic" ? ' font-style="italic"' : "") +
      (style.fontFamily.includes("monospace") ? ' font-family="monospace"' : "");
    drawn.push(`<text x="${round(place.x)}" y="${round(place.y + place.height / 2 + size * 0.36)}" font-size="${size}"` +
      ` fill="${hex(style.color)}"${more} textLength="${round(place.width)}" lengthAdjust="spacingAndGlyphs">${escape(text.trim())}</text>`);
  }

  function lines(node, style) {
    const range = document.createRange();
    let [text, place] = ["", null];
    for (const { index, segment } of new Intl.Segmenter("en", { granularity: "word" }).segment(node.data)) {
      range.setStart(node, index);
      range.setEnd(node, index + segment.length);
      const own = range.getBoundingClientRect();
      if (place && own.width > 0 && own.top > place.top + 4) {
        line(text, place, style);
        [text, place] = ["", null];
      }
      text += segment;
      if (segment.trim() !== "") place = place ? new DOMRect(place.x, place.y, own.right - place.x, place.height) : own;
    }
    if (place) line(text, place, style);
  }

  function walk(node) {
    if (node.nodeType === Node.TEXT_NODE) return lines(node, getComputedStyle(node.parentElement));
    if (node.nodeType !== Node.ELEMENT_NODE || !node.checkVisibility() || node.classList.contains("unseen")) return;
    const style = getComputedStyle(node);
    box(node, style);
    const place = node.getBoundingClientRect();
    const shown = node.localName === "select" ? node.selectedOptions[0]?.text : node.value || node.placeholder;
    if (["input", "textarea", "select"].includes(node.localName)) {
      const context = document.createElement("canvas").getContext("2d");
      context.font = style.font;
      if (shown) line(shown, new DOMRect(place.x + 13, place.y, context.measureText(shown).width, Math.min(place.height, 38)), style);
      return;
    }
    const isCut = /auto|hidden/.test(style.overflowX + style.overflowY);
    if (isCut) {
      const name = `c${drawn.length}`;
      drawn.push(`<clipPath id="${name}"><rect x="${round(place.x)}" y="${round(place.y)}" width="${round(node.clientWidth)}"` +
        ` height="${round(node.clientHeight)}"/></clipPath><g clip-path="url(#${name})">`);
    }
    for (const child of node.childNodes) walk(child);
    if (isCut) drawn.push("</g>");
  }

  walk(document.body);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, sans-serif">\n` +
    `<rect width="${width}" height="${height}" fill="${hex(getComputedStyle(document.body).backgroundColor)}"/>\n${drawn.join("\n")}\n</svg>\n`;
})()
