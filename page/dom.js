// Elements of the document. Texts come from strangers, so they only ever become text nodes.

const SVG = "http://www.w3.org/2000/svg";
const SVG_NAMES = new Set(["svg", "g", "line", "path", "polyline", "circle", "rect", "text", "title", "desc"]);

/** An element; attributes are strings, true (present) or false (absent), functions under on* are listeners; null children are left out. */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for a drawing. */
export function s(name, attributes = {}, ...children) {
  if (!SVG_NAMES.has(name)) throw new Error(`${name} is no part of a drawing`);
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Put children in place of all that an element has; a focus within stays within, and does not fall to the document. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : element;
  element.replaceChildren(...nodes(children));
  if (focused !== element) takeFocus(focused.isConnected ? focused : element);
  return element;
}

/** Let the focus be on an element, also on one that has none by itself. */
export function takeFocus(element) {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Say something to a screen reader. */
export function speak(sentence) {
  const place = document.getElementById("spoken");
  place.textContent = place.textContent === sentence ? `${sentence} ` : sentence; // a change is what is read
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, amount] of Object.entries(value)) element.style.setProperty(property, amount);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
