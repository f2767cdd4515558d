/** The options of the net: a slider through the numbers that each may be, or a list of words. */
import { CHOICES, type OptionName, type Options } from './problem';
import type { Store } from './state';

interface Control {
  title: string;
  /** What it does, for those who have never heard of it. */
  help: string;
  /** A value in words. */
  text: (value: string | number) => string;
  kind: 'slider' | 'list';
}

const LAYERS: Record<string, string> = {
  all: 'All Bayesian',
  last: 'Only the last one Bayesian',
  plain: 'Plain: one number per weight',
};

const ESTIMATORS: Record<string, string> = {
  local: 'Local reparameterization',
  flipout: 'Flipout',
  weightSpace: 'Weight space',
};

const CONTROLS: Record<OptionName, Control> = {
  layers: {
    title: 'Layers',
    help: 'Which weights are ranges of values (Bayesian), and which are single numbers.',
    text: (value) => LAYERS[value]!,
    kind: 'list',
  },
  units: {
    title: 'Units',
    help: 'The net’s building blocks. The more there are, the more it can bend.',
    text: String,
    kind: 'slider',
  },
  prior: {
    title: 'Prior stddev',
    help: 'How wild its guesses may be where there are no points. Left: flat.',
    text: String,
    kind: 'slider',
  },
  klWeight: {
    title: 'KL weight',
    help: 'How hard the prior pulls. 1 is Bayes’ rule; below 1 the net is too sure.',
    text: String,
    kind: 'slider',
  },
  noise: {
    title: 'Noise stddev',
    help: 'How far points scatter about the curve: known, or learned along with it.',
    text: (value) => (value === 'learned' ? 'learned' : `±${value}`),
    kind: 'slider',
  },
  estimator: {
    title: 'Estimator',
    help: 'How weights are drawn in training. It changes the way there, and hardly the result.',
    text: (value) => ESTIMATORS[value]!,
    kind: 'list',
  },
};

export function optionControls(parent: HTMLElement, store: Store): void {
  for (const name of Object.keys(CONTROLS) as OptionName[]) parent.append(control(name, store));
}

function control(name: OptionName, store: Store): HTMLElement {
  const { title, help, text, kind } = CONTROLS[name];
  const values: ReadonlyArray<string | number> = CHOICES[name];
  const part = document.createElement('div');
  part.className = 'option';
  part.innerHTML = `
    <label for="option-${name}">${title}</label>
    ${
      kind === 'list'
        ? `<select id="option-${name}" aria-describedby="help-${name}">${values.map((value) => `<option value="${value}">${text(value)}</option>`).join('')}</select>`
        : `<output for="option-${name}"></output>
           <input type="range" id="option-${name}" aria-describedby="help-${name}" min="0" max="${values.length - 1}" />`
    }
    <p id="help-${name}">${help}</p>`;
  const input = part.querySelector<HTMLInputElement>('input, select')!;
  const output = part.querySelector('output');
  const chosen = (): Options[OptionName] =>
    values[kind === 'list' ? values.indexOf(input.value) : Number(input.value)] as Options[OptionName];
  input.addEventListener('input', () => store.set({ options: { ...store.now.options, [name]: chosen() } }));
  store.watch(({ options, mode }) => {
    const value = options[name];
    input.value = kind === 'list' ? String(value) : String(values.indexOf(value));
    if (output !== null) output.value = text(value);
    if (kind === 'slider') input.ariaValueText = text(value);
    input.disabled = !matters(name, mode, options);
    part.classList.toggle('off', input.disabled);
    part.hidden = name === 'noise' && mode === 'classification';
  });
  return part;
}

/** Not of a net that has no such thing. */
function matters(name: OptionName, mode: string, { layers }: Options): boolean {
  if (name === 'noise') return mode === 'regression';
  return layers !== 'plain' || name === 'layers' || name === 'units';
}
