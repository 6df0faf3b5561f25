// Short names for what every view does to the page.

/** @returns {any} the element of this id */
export const $ = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `class`, `text`, `on` (listeners) and `data` are special
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  return furnished(document.createElement(tag), attributes, children);
}

/** Make an element of a drawing. @returns {any} */
export function svg(tag, attributes = {}, ...children) {
  return furnished(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnished(node, { text, on = {}, data = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  Object.assign(node.dataset, data);
  if (text !== undefined) node.textContent = text;
  node.append(...children);
  return node;
}

/** One of the signs that index.html defines. */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
}

/** A button with a sign and, unless it is only a sign, a word. */
export function button(text, { sign, onlySign = false, ...attributes } = {}) {
  const made = el("button", { type: "button", ...attributes });
  if (sign) made.append(icon(sign));
  if (onlySign) {
    made.setAttribute("aria-label", text);
    made.setAttribute("title", text);
  } else {
    made.append(el("span", { text }));
  }
  return made;
}
