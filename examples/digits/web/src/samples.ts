/** Test digits, which no net has trained on, as a row of buttons: the way to draw with a keyboard. */
import type { DigitSample } from '../../sample';
import { inkOf, PIXELS, SIDE, type Image } from './image';

export interface Sample {
  label: number;
  image: Image;
}

/** @throws if the file is missing or holds something else. */
export async function readSamples(url: string): Promise<Sample[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`model/digits.json cannot be read: the server says ${response.status}.`);
  try {
    const { digits } = (await response.json()) as DigitSample;
    return digits.map(({ label, pixels }) => ({ label, image: decoded(pixels) }));
  } catch (error) {
    throw new Error(
      'model/digits.json must be {"digits": [{"label", "pixels"}, …]} with 28 × 28 bytes in base64 each.',
      { cause: error },
    );
  }
}

/** A button for each class. Pressed again, it takes the next example of its class. */
export function showSamples(
  samples: Sample[],
  parent: HTMLElement,
  onPick: (sample: Sample, name: string) => void,
): void {
  const labels = [...new Set(samples.map(({ label }) => label))];
  const buttons = labels.map((label) => {
    const examples = samples.filter((sample) => sample.label === label);
    const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
    const show = (image: Image): void => canvas.getContext('2d')!.putImageData(inkOf(image), 0, 0);
    show(examples[0]!.image);
    const button = document.createElement('button');
    button.type = 'button';
    button.ariaLabel = `Test digit ${label}`;
    button.append(canvas);
    let picked = 0;
    button.addEventListener('click', () => {
      const sample = examples[picked % examples.length]!;
      show(sample.image);
      onPick(sample, `test digit ${label}, number ${(picked++ % examples.length) + 1} of ${examples.length}`);
    });
    return button;
  });
  parent.replaceChildren(...buttons);
}

function decoded(base64: string): Image {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (bytes.length !== PIXELS) throw new Error(`${bytes.length} pixels`);
  return Float32Array.from(bytes, (value) => value / 255);
}
