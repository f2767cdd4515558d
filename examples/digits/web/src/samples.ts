/** Test digits, which no net has trained on, as a row of buttons: the way to draw with a keyboard. */
import { inkOf, PIXELS, SIDE, type Image } from './image';

export interface Sample {
  label: number;
  image: Image;
}

/** @throws if the file is missing or holds something else. */
export async function readSamples(url: string): Promise<Sample[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`digits.json cannot be read: the server says ${response.status}.`);
  const json = (await response.json().catch(() => undefined)) as unknown;
  if (!Array.isArray(json) || !json.every(isRaw))
    throw new Error(`digits.json must be a list of {"label", "pixels"} with ${PIXELS} pixels from 0 to 255.`);
  return json.map(({ label, pixels }) => ({ label, image: Float32Array.from(pixels, (v) => v / 255) }));
}

export function showSamples(
  samples: Sample[],
  parent: HTMLElement,
  onPick: (sample: Sample) => void,
): HTMLButtonElement[] {
  const buttons = samples.map((sample) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
    canvas.getContext('2d')!.putImageData(inkOf(sample.image), 0, 0);
    const button = document.createElement('button');
    button.type = 'button';
    button.ariaLabel = `Test digit ${sample.label}`;
    button.append(canvas);
    button.addEventListener('click', () => onPick(sample));
    return button;
  });
  parent.replaceChildren(...buttons);
  return buttons;
}

interface Raw {
  label: number;
  pixels: number[];
}

function isRaw(value: unknown): value is Raw {
  if (typeof value !== 'object' || value === null) return false;
  const { label, pixels } = value as Partial<Raw>;
  return (
    typeof label === 'number' &&
    Array.isArray(pixels) &&
    pixels.length === PIXELS &&
    pixels.every((v) => typeof v === 'number' && v >= 0 && v <= 255)
  );
}
