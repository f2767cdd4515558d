/** Quantiles over draws, place by place: linear between the draws in their order. */
export function quantiles(draws: readonly Float32Array[], levels: readonly number[]): Float32Array[] {
  const places = draws[0]?.length ?? 0;
  const found = levels.map(() => new Float32Array(places));
  const here = new Float32Array(draws.length);
  for (let place = 0; place < places; place++) {
    for (let s = 0; s < draws.length; s++) here[s] = draws[s]![place]!;
    here.sort();
    for (const [i, level] of levels.entries()) {
      const at = level * (draws.length - 1);
      const [below, part] = [Math.floor(at), at % 1];
      found[i]![place] = here[below]! + part * ((here[below + 1] ?? here[below]!) - here[below]!);
    }
  }
  return found;
}
