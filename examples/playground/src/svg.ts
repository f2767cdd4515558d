/** Elements of SVG, made and changed by their attributes. */
const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Record<string, string | number>;

export function svgElement<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Array<Element | string>
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS(SVG, name);
  change(made, attributes);
  made.append(...children);
  return made;
}

export function change(one: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, String(value));
}

/** As many children of that kind as there are values: made, taken away, and shown anew. */
export function eachOf<T>(
  parent: Element,
  values: readonly T[],
  make: () => Element,
  show: (child: Element, value: T, i: number) => void,
): void {
  while (parent.childElementCount > values.length) parent.lastElementChild!.remove();
  while (parent.childElementCount < values.length) parent.append(make());
  for (const [i, value] of values.entries()) show(parent.children[i]!, value, i);
}
