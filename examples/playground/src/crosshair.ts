/** The keyboard in the picture: a crosshair that places, chooses, moves and takes away points, and says what it does. */
import { nearest, neighbour, withMoved, without, withPoint } from './places';
import { placed, type Point } from './problem';
import { numeral } from './scale';
import type { Store } from './state';

const STEP = 0.2;
const SMALL_STEP = 0.05;
/** How near the crosshair has to be to a point, in the unit of the axes, to mean it. */
const REACH = 0.1;

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class Crosshair {
  /** Shown once a key has been pressed in the picture, until it loses the focus. */
  place: { x: number; y: number } | undefined;
  private last = { x: 0, y: 0 };
  private moving = false;

  constructor(
    private readonly store: Store,
    private readonly say: (what: string) => void,
    private readonly draw: () => void,
  ) {}

  /** @returns whether the key meant something here. */
  press({ key, shiftKey }: { key: string; shiftKey: boolean }): boolean {
    const arrow = ARROWS[key];
    const what = key.length === 1 ? key.toLowerCase() : key;
    if (arrow !== undefined) this.move(arrow, shiftKey ? SMALL_STEP : STEP);
    else if (what === 'Enter' || what === ' ') this.put();
    else if (what === 'Delete' || what === 'Backspace') this.takeAway();
    else if (what === 'n' || what === 'p') this.go(what === 'n' ? 1 : -1);
    else if (what === 'm') this.pickUp();
    else if ((what === 'a' || what === 'b') && this.store.now.mode === 'classification') {
      this.store.set({ label: what === 'a' ? 0 : 1 });
      this.say(`Points of class ${what.toUpperCase()} from now on.`);
    } else return false;
    this.draw();
    return true;
  }

  leave(): void {
    this.place = undefined;
    this.moving = false;
    this.draw();
  }

  private get points(): readonly Point[] {
    return this.store.now.points[this.store.now.mode];
  }

  private move([dx, dy]: readonly [number, number], step: number): void {
    const { mode, chosen } = this.store.now;
    const { x, y } = this.place ?? this.last;
    const to = placed(mode, { x: x + dx * step, y: y + dy * step, label: 0 });
    this.stand(to);
    if (this.moving && chosen !== undefined) {
      this.store.setPoints(withMoved(mode, this.points, chosen, to), chosen);
      this.say(`Moved to ${this.where()}.`);
      return;
    }
    const found = nearest(this.points, (point) => Math.hypot(point.x - to.x, point.y - to.y), REACH);
    this.store.set({ chosen: found });
    this.say(`${this.where()}${found === undefined ? '' : `, on ${this.named(found)}`}.`);
  }

  private put(): void {
    this.stand(this.place ?? this.last);
    const { mode, label } = this.store.now;
    const points = withPoint(mode, this.points, { ...this.last, label });
    if (points === this.points) {
      this.say(`There are ${points.length} points already, the most there may be.`);
      return;
    }
    this.store.setPoints(points, points.length - 1);
    const kind = mode === 'classification' ? ` of class ${label === 0 ? 'A' : 'B'}` : '';
    this.say(`Point${kind} placed at ${this.where()}; ${counted(points.length)}.`);
  }

  private takeAway(): void {
    const { chosen } = this.store.now;
    if (chosen === undefined) {
      this.say('No point is chosen: N goes to the next one.');
      return;
    }
    this.moving = false;
    this.store.setPoints(without(this.points, chosen));
    this.say(`Point deleted; ${counted(this.points.length)}.`);
  }

  private go(by: 1 | -1): void {
    const found = neighbour(this.points, this.store.now.chosen, by);
    this.moving = false;
    if (found === undefined) {
      this.say('There is no point yet.');
      return;
    }
    this.stand(this.points[found]!);
    this.store.set({ chosen: found });
    this.say(`On ${this.named(found)}, ${this.where()}.`);
  }

  private pickUp(): void {
    const { chosen } = this.store.now;
    if (chosen === undefined) this.say('No point is chosen: N goes to the next one.');
    else {
      this.moving = !this.moving;
      this.say(this.moving ? 'Picked up: the arrows move it.' : `Put down at ${this.where()}.`);
    }
  }

  private stand({ x, y }: { x: number; y: number }): void {
    this.place = this.last = { x, y };
  }

  private where = (): string => `x ${numeral(this.last.x, 2)}, y ${numeral(this.last.y, 2)}`;

  private named(i: number): string {
    const { mode } = this.store.now;
    const kind = mode === 'classification' ? ` of class ${this.points[i]!.label === 0 ? 'A' : 'B'}` : '';
    return `point ${i + 1} of ${this.points.length}${kind}`;
  }
}

const counted = (count: number): string => (count === 1 ? '1 point' : `${count} points`);
