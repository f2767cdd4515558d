/** The parts of the page that need no browser: from ink to an image, spoiling it, answering the newest question. */
import { PIXELS, SIDE, type Image } from '../../examples/digits/web/src/image';
import { gist } from '../../examples/digits/web/src/gist';
import { latest } from '../../examples/digits/web/src/latest';
import { mnistImage, type Ink } from '../../examples/digits/web/src/preprocess';
import { quantile } from '../../examples/digits/web/src/quantile';
import { isSpoilt, rotate, spoil, UNSPOILT } from '../../examples/digits/web/src/spoil';

const at = (image: Image, x: number, y: number): number => image[y * SIDE + x]!;

/** The largest difference of two images. */
const distance = (a: Image, b: Image): number => Math.max(...a.map((ink, i) => Math.abs(ink - b[i]!)));

const sum = (values: Iterable<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

/** Full ink in the rectangles [left, top, width, height], on a field of `width` squared. */
function inkIn(width: number, ...rectangles: Array<[number, number, number, number]>): Ink {
  const values = new Float32Array(width * width);
  for (const [left, top, w, h] of rectangles)
    for (let y = top; y < top + h; y++) values.fill(1, y * width + left, y * width + left + w);
  return { values, width };
}

function boundsOf(image: Image): { width: number; height: number } {
  const places = [...image.keys()].filter((i) => image[i]! > 1e-6);
  const [xs, ys] = [places.map((i) => i % SIDE), places.map((i) => Math.floor(i / SIDE))];
  return { width: Math.max(...xs) - Math.min(...xs) + 1, height: Math.max(...ys) - Math.min(...ys) + 1 };
}

function centreOf(image: Image): [number, number] {
  const mass = sum(image);
  const mean = (place: (i: number) => number): number =>
    sum(Array.from(image, (ink, i) => ink * (place(i) + 0.5))) / mass;
  return [mean((i) => i % SIDE), mean((i) => Math.floor(i / SIDE))];
}

describe('mnistImage', () => {
  test('no ink makes no image', () => {
    expect(mnistImage(inkIn(280))).toBeUndefined();
  });

  test.each([
    ['large', [40, 40, 200, 100]],
    ['small', [10, 250, 20, 10]],
    ['of a single pixel', [17, 3, 1, 1]],
  ] as const)('a rectangle, %s, wherever it lies, fills the box of 20 and keeps its proportions', (_, r) => {
    const image = mnistImage(inkIn(280, [...r]))!;
    expect(boundsOf(image)).toEqual({ width: 20, height: (20 * r[3]) / r[2] });
    // An area of full ink: scaled, none is lost and none comes up.
    expect(sum(image)).toBeCloseTo((400 * r[3]) / r[2], 3);
    expect(Math.max(...image)).toBeCloseTo(1, 5);
  });

  test('the centre of mass, not of the box, comes to the middle', () => {
    // An L: its mass lies to the left and at the bottom.
    const image = mnistImage(inkIn(280, [100, 50, 20, 100], [100, 150, 80, 20]))!;
    const [x, y] = centreOf(image);
    // The ink of a pixel at the edge counts here as if it lay in the pixel's middle: that moves a little.
    expect(x).toBeCloseTo(14, 1);
    expect(y).toBeCloseTo(14, 1);
  });

  test('what MNIST is made of, drawn ten times as large, comes back as itself', () => {
    // An H, 20 high and with its centre of mass in the middle.
    const H = inkIn(SIDE, [6, 4, 3, 20], [19, 4, 3, 20], [9, 13, 10, 2]).values;
    const values = Float32Array.from(
      { length: 280 * 280 },
      (_, i) => H[Math.floor(i / 2800) * SIDE + Math.floor((i % 280) / 10)]!,
    );
    expect(distance(mnistImage({ values, width: 280 })!, H)).toBeLessThan(1e-5);
  });
});

describe('spoil', () => {
  const corner = mnistImage(inkIn(28, [4, 4, 4, 20], [8, 4, 16, 4]))!;

  test('nothing is asked for, nothing happens', () => {
    expect(spoil(corner, UNSPOILT)).toEqual(corner);
    expect(isSpoilt(UNSPOILT)).toBe(false);
    expect(isSpoilt({ ...UNSPOILT, rotation: 360 })).toBe(false);
  });

  test('a quarter turn goes clockwise: what was left is then on top', () => {
    const expected = corner.map((_, i) => at(corner, Math.floor(i / SIDE), SIDE - 1 - (i % SIDE)));
    expect(distance(rotate(corner, 90), expected)).toBeLessThan(1e-5);
  });

  test('four and twenty turns of 15 degrees are none', () => {
    expect(distance(rotate(corner, 24 * 15), corner)).toBeLessThan(1e-5);
  });

  test('inverted, paper and ink change places', () => {
    const expected = corner.map((ink) => 1 - ink);
    expect(distance(spoil(corner, { ...UNSPOILT, inverted: true }), expected)).toBeLessThan(1e-6);
  });

  test('noise goes from none to nothing but noise, and is the same one every time', () => {
    const noisy = (noise: number): Image => spoil(corner, { ...UNSPOILT, noise });
    const all = noisy(1);
    expect(all).toEqual(spoil(new Float32Array(PIXELS), { ...UNSPOILT, noise: 1 }));
    const expected = corner.map((ink, i) => 0.6 * ink + 0.4 * all[i]!);
    expect(distance(noisy(0.4), expected)).toBeLessThan(1e-6);
    // Uniform on [0, 1): mean 1/2, and of 784 of them within 5 standard errors of √(1/12 / 784) = 0.0103.
    expect(Math.abs(sum(all) / PIXELS - 0.5)).toBeLessThan(0.052);
  });
});

test.each([
  [0, 1],
  [0.25, 2],
  [0.5, 3],
  [0.9, 4.6],
  [1, 5],
])('the quantile %d of 1 … 5 is %d', (share, expected) => {
  expect(quantile([5, 1, 4, 2, 3], share)).toBeCloseTo(expected);
  expect(quantile([], share)).toBeNaN();
});

describe('the gist', () => {
  /** The plain net's most probable digit is 7, the Bayesian one's 6. */
  const says = (total: number, epistemic: number): string => {
    const share = (digit: number, p: number): number[] =>
      Array.from({ length: 10 }, (_, i) => (i === digit ? p : (1 - p) / 9));
    const bayesian = {
      mean: share(6, 0.45),
      draws: [],
      total,
      epistemic,
      aleatoric: total - epistemic,
      milliseconds: 1,
    };
    const plain = { probabilities: share(7, 0.997), entropy: 0, milliseconds: 1 };
    return gist('a test digit 8, turned by 60°', { bayesian, plain, tensors: 1 });
  };

  test('says what was shown and what each net makes of it', () => {
    expect(says(0.2, 0.1)).toBe(
      'A test digit 8, turned by 60°: the plain net says 7 with 100%, the Bayesian net 6 with 45%, and it is sure.',
    );
  });

  test.each([
    [0.4, 0.3, 'it is not sure: its draws contradict each other.'],
    [0.4, 0.1, 'it is not sure: most of its draws find the picture ambiguous.'],
    [1.2, 0.7, 'it knows that it doesn’t know: its draws contradict each other.'],
  ])('of %d nats, %d of them epistemic, that %s', (total, epistemic, verdict) => {
    expect(says(total, epistemic)).toContain(`45%, and ${verdict}`);
  });
});

describe('latest', () => {
  /** An answer that comes when the test says so. */
  function slowAnswer() {
    const asked: number[] = [];
    let finish: (() => void) | undefined;
    const ask = latest<number>((question) => {
      asked.push(question);
      return new Promise<void>((resolve, reject) => {
        finish = () => (question < 0 ? reject(new Error('no')) : resolve());
      });
    });
    const next = async (): Promise<void> => {
      finish!();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { ask, asked, next };
  }

  test('one question at a time, and of those that wait only the newest', async () => {
    const { ask, asked, next } = slowAnswer();
    for (const question of [1, 2, 3, 4]) ask(question);
    expect(asked).toEqual([1]);
    await next();
    expect(asked).toEqual([1, 4]);
    await next();
    expect(asked).toEqual([1, 4]);
    ask(5);
    expect(asked).toEqual([1, 4, 5]);
  });

  test('an answer that fails does not stop the next', async () => {
    const { ask, asked, next } = slowAnswer();
    ask(-1);
    ask(2);
    await next();
    expect(asked).toEqual([-1, 2]);
  });
});
