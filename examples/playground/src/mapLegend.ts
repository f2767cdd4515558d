/** What the colours of the map mean. */
import { element } from '../../web/element';
import { TOP } from './heatMap';
import { cssColour, rampOf } from './palette';
import { numeral } from './scale';
import type { MapName, Store } from './state';

const MEANINGS: Record<MapName, { meaning: string; low: string; high: string }> = {
  class: {
    meaning: 'Which class the net expects. Where the colour fades, it could be either.',
    low: 'A for sure',
    high: 'B for sure',
  },
  total: {
    meaning: 'All its doubt about the class, of either kind: the entropy of its answer.',
    low: '0, sure',
    high: `${numeral(TOP.total, 2)} nats, a coin toss`,
  },
  epistemic: {
    meaning:
      'Doubt because there are too few points: its borders contradict each other. A point placed here would teach it most.',
    low: '0, sure',
    high: `${numeral(TOP.epistemic, 2)} nats`,
  },
  aleatoric: {
    meaning:
      'Doubt because the classes overlap: each of its borders by itself calls this place a toss-up. More points won’t change that.',
    low: '0, sure',
    high: `${numeral(TOP.aleatoric, 2)} nats, a coin toss`,
  },
};

/** @returns draws it anew, where colours have changed. */
export function mapLegend(store: Store): () => void {
  const draw = (): void => {
    const { map } = store.now;
    const { meaning, low, high } = MEANINGS[map];
    element('meaning').textContent = meaning;
    element('ramp-low').textContent = low;
    element('ramp-high').textContent = high;
    const colours = rampOf(map)
      .filter((_, i) => i % 7 === 0)
      .map(cssColour);
    element('ramp').style.background = `linear-gradient(90deg, ${colours.join(', ')})`;
  };
  store.watch((now, before) => {
    if (now === before || now.map !== before.map) draw();
  });
  return draw;
}
