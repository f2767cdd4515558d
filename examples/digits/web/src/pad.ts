/** The pad: strokes of a mouse, a finger or a stylus become ink, and ink becomes an image. */
import { inkOf, SIDE, type Image } from './image';
import { mnistImage } from './preprocess';

/** Width and height of the ink that is measured; the canvas on the page is finer, for sharp edges. */
const FIELD = 280;
/** Drawn over most of the pad, it is as thick as the pens of MNIST: two pixels of the image. */
const PEN = 20;

export class Pad {
  private readonly shown: CanvasRenderingContext2D;
  private readonly ink: CanvasRenderingContext2D;
  private last: { x: number; y: number } | undefined;
  private waiting = false;
  private holdsStrokes = false;

  /** @param onDrawn gets the image after every stroke, at most once a frame. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onDrawn: (image: Image | undefined) => void,
  ) {
    this.shown = canvas.getContext('2d')!;
    this.ink = surface(FIELD).getContext('2d', { willReadFrequently: true })!;
    this.shown.scale(canvas.width / FIELD, canvas.height / FIELD);
    for (const context of [this.shown, this.ink])
      Object.assign(context, { lineCap: 'round', lineJoin: 'round', lineWidth: PEN });
    canvas.addEventListener('pointerdown', (event) => this.begin(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const end of ['pointerup', 'pointercancel'])
      canvas.addEventListener(end, () => (this.last = undefined));
  }

  clear(): void {
    for (const context of [this.shown, this.ink]) context.clearRect(0, 0, FIELD, FIELD);
    this.holdsStrokes = false;
  }

  /** Puts an image on the pad; the first stroke takes it away. */
  show(image: Image): void {
    this.clear();
    const small = surface(SIDE);
    small.getContext('2d')!.putImageData(inkOf(image), 0, 0);
    // Pixels stay squares, as large as those of the squared paper.
    this.shown.imageSmoothingEnabled = false;
    this.shown.drawImage(small, 0, 0, FIELD, FIELD);
  }

  private begin(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    if (!this.holdsStrokes) this.clear();
    this.holdsStrokes = true;
    this.last = this.place(event);
    this.line(this.last);
  }

  private move(event: PointerEvent): void {
    if (this.last === undefined || !event.isPrimary) return;
    // A frame may hold several movements; a script's own event, in a test, has none of them.
    const moves = event.getCoalescedEvents();
    for (const each of moves.length > 0 ? moves : [event]) this.line(this.place(each));
  }

  private line(to: { x: number; y: number }): void {
    for (const context of [this.shown, this.ink]) {
      context.beginPath();
      context.moveTo(this.last!.x, this.last!.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
    this.last = to;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.holdsStrokes) this.onDrawn(this.image());
    });
  }

  private place({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * FIELD, y: ((clientY - top) / height) * FIELD };
  }

  private image(): Image | undefined {
    const { data } = this.ink.getImageData(0, 0, FIELD, FIELD);
    const values = Float32Array.from({ length: FIELD * FIELD }, (_, i) => data[4 * i + 3]! / 255);
    return mnistImage({ values, width: FIELD });
  }
}

function surface(side: number): HTMLCanvasElement {
  return Object.assign(document.createElement('canvas'), { width: side, height: side });
}
