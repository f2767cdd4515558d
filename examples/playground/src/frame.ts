/** A picture with two axes, as wide as its place on the page: text keeps its size on a phone. */
import { numeral, scale, ticks, type Scale } from './scale';
import { change, svgElement } from './svg';

export interface Axis {
  range: readonly [number, number];
  label: string;
}

export interface Layout {
  x: Axis;
  y: Axis;
  /** Height of the whole, of its width in pixels. */
  height: (width: number) => number;
  /** Digits behind the point at the y axis. */
  digits?: number;
}

const EDGE = { left: 44, right: 10, top: 10, bottom: 42 };

export class Frame {
  /** For what is drawn; cut off where the axes end. */
  readonly content: SVGGElement;
  x: Scale = scale([0, 1], [0, 1]);
  y: Scale = scale([0, 1], [0, 1]);
  /** Left, top, width and height of what lies between the axes. */
  inner = { left: 0, top: 0, width: 0, height: 0 };
  private readonly axes = svgElement('g', { class: 'axes', 'aria-hidden': 'true' });
  private readonly clip: SVGRectElement;

  constructor(
    readonly svg: SVGSVGElement,
    private layout: Layout,
    private readonly onLayout: () => void,
  ) {
    this.clip = svgElement('rect');
    const id = `${svg.id}-inner`;
    this.content = svgElement('g', { 'clip-path': `url(#${id})` });
    svg.replaceChildren(
      svgElement('defs', {}, svgElement('clipPath', { id }, this.clip)),
      this.axes,
      this.content,
    );
    // It calls at once too, after what draws in here has been made.
    new ResizeObserver(() => this.lay()).observe(svg.parentElement!);
  }

  set(layout: Layout): void {
    this.layout = layout;
    this.lay();
  }

  private lay(): void {
    const { svg, layout } = this;
    const width = Math.floor(svg.getBoundingClientRect().width);
    // In a part of the page that is not shown.
    if (width === 0) return;
    const height = Math.round(layout.height(width));
    const [right, bottom] = [width - EDGE.right, height - EDGE.bottom];
    change(svg, { viewBox: `0 0 ${width} ${height}` });
    svg.style.height = `${height}px`;
    this.inner = { left: EDGE.left, top: EDGE.top, width: right - EDGE.left, height: bottom - EDGE.top };
    this.x = scale(layout.x.range, [EDGE.left, right]);
    this.y = scale(layout.y.range, [bottom, EDGE.top]);
    const { left: x, top: y, width: w, height: h } = this.inner;
    change(this.clip, { x, y, width: w, height: h });
    this.drawAxes(right, bottom, height);
    this.onLayout();
  }

  private drawAxes(right: number, bottom: number, height: number): void {
    const { layout, x, y, inner } = this;
    const columns = ticks(layout.x.range, inner.width < 300 ? 4 : 8);
    const rows = ticks(layout.y.range, inner.height < 120 ? 2 : 6);
    const middle = EDGE.top + inner.height / 2;
    this.axes.replaceChildren(
      ...columns.map((at) => svgElement('path', { class: 'grid', d: `M${x(at)} ${EDGE.top}V${bottom}` })),
      ...rows.map((at) => svgElement('path', { class: 'grid', d: `M${EDGE.left} ${y(at)}H${right}` })),
      ...columns.map((at) => svgElement('text', { class: 'x', x: x(at), y: bottom + 17 }, numeral(at))),
      ...rows.map((at) =>
        svgElement('text', { class: 'y', x: EDGE.left - 8, y: y(at) + 4 }, numeral(at, layout.digits)),
      ),
      svgElement('text', { class: 'title x', x: EDGE.left + inner.width / 2, y: height - 6 }, layout.x.label),
      svgElement(
        'text',
        { class: 'title x', transform: `translate(12 ${middle}) rotate(-90)` },
        layout.y.label,
      ),
    );
  }
}
