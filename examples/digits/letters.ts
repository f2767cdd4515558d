/**
 * Near misses: letters in the hands of six typefaces that imitate handwriting, brought into the form of MNIST's digits as a
 * drawing on the page is. See NOTICE for the typefaces.
 *
 * Letters that can be taken for a digit are left out: a net that reads a 0 in an O is not wrong.
 */
import { Resvg } from '@resvg/resvg-js';
import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { randomNumbers } from '../random';
import { PIXELS } from './data';
import { mnistImage } from './web/src/preprocess';

/** Of the small ones, none that are small capitals. */
export const LETTERS = Array.from('AEFHKMNPRUVWXYadefhmnrt');

/** By family: package, file, and the stroke that makes it as thick as the pens of MNIST, in hundredths of the letter's size. */
export const TYPEFACES = {
  Caveat: { file: 'caveat/400Regular/Caveat_400Regular.ttf', stroke: 1 },
  'Gochi Hand': { file: 'gochi-hand/400Regular/GochiHand_400Regular.ttf', stroke: 0 },
  'Indie Flower': { file: 'indie-flower/400Regular/IndieFlower_400Regular.ttf', stroke: 1.5 },
  Kalam: { file: 'kalam/300Light/Kalam_300Light.ttf', stroke: 1 },
  'Patrick Hand': { file: 'patrick-hand/400Regular/PatrickHand_400Regular.ttf', stroke: 0.5 },
  'Shadows Into Light': {
    file: 'shadows-into-light/400Regular/ShadowsIntoLight_400Regular.ttf',
    stroke: 3.5,
  },
} as const;

export type Typeface = keyof typeof TYPEFACES;

/** Degrees to either side by which a letter is turned at most: hands are not as upright as typefaces. */
const SLANT = 10;
/** Of the picture that is drawn before it is made small. */
const SIDE = 160;

/** Each letter of each typeface once, [138, 784], from 0 (paper) to 1 (ink); the seed decides how much each is turned. */
export function letters(seed: number): tf.Tensor2D {
  const random = randomNumbers(seed, 5);
  const families = Object.keys(TYPEFACES) as Typeface[];
  const pictures = families.flatMap((family) =>
    LETTERS.map((letter) => pictureOf(letter, family, SLANT * (2 * random() - 1))),
  );
  const pixels = new Float32Array(pictures.length * PIXELS);
  pictures.forEach((picture, i) => pixels.set(picture, i * PIXELS));
  return tf.tensor2d(pixels, [pictures.length, PIXELS]);
}

function pictureOf(letter: string, family: Typeface, turned: number): Float32Array {
  const { file, stroke } = TYPEFACES[family];
  const [middle, size] = [SIDE / 2, 0.6 * SIDE];
  const pen = `fill="black" stroke="black" stroke-width="${(size * stroke) / 100}" stroke-linejoin="round"`;
  const place = `x="${middle}" y="${middle + size / 3}" text-anchor="middle" transform="rotate(${turned} ${middle} ${middle})"`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">` +
    `<text ${place} font-family="${family}" font-size="${size}" ${pen}>${letter}</text></svg>`;
  const font = { loadSystemFonts: false, fontFiles: [fileOf(file)], defaultFontFamily: family };
  const { pixels, width } = new Resvg(svg, { font }).render();
  const values = Float32Array.from({ length: width * width }, (_, i) => pixels[4 * i + 3]! / 255);
  const picture = mnistImage({ values, width });
  if (picture === undefined) throw new Error(`${file} cannot be read, or has no ${letter}.`);
  return picture;
}

function fileOf(file: string): string {
  const require = createRequire(join(process.cwd(), 'package.json'));
  return require.resolve(`@expo-google-fonts/${file}`);
}
