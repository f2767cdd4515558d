/** The element of the page with that id. @throws if the page has none: then page and script do not belong together. */
export function element<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element #${id}.`);
  return found as unknown as T;
}
