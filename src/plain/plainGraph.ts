/**
 * The plain net while it is built: for each layer of the Bayesian net its counterpart, made once, also where the layer is
 * used twice. A layer with an entry in `counterparts.ts` is replaced; one without weights is shared; any other is copied,
 * and compared with its copy.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { bayesianLayers } from '../layers/bayesian';
import type { Node } from '../layers/walk';
import type { Value } from '../predict/foldedValue';
import { constantOf, insideTimeDistributed, passesColumn } from './constantColumn';
import { counterpartOf, meansOf, type Counterpart, type Made, type WeightsOf } from './counterparts';
import { agrees, seenBehind, type Seen } from './agreement';
import { Probe } from './probe';
import { refuseCopy, repeatedLayer, shownLayer } from './repeatedLayer';
import { release } from './sharedLayer';

type Layer = tf.layers.Layer;

/** A tensor of the plain net. */
export interface Plain extends Seen {
  tensor: tf.SymbolicTensor;
}

interface Entry extends Partial<Made> {
  layer: Layer;
  /** Those that the inputs lack. */
  columns: Array<number | undefined>;
}

export class PlainGraph {
  readonly probe = new Probe();
  private readonly entries = new Map<Layer, Entry>();
  private readonly names: Set<string>;

  constructor(
    private readonly who: string,
    private readonly model: tf.LayersModel,
  ) {
    this.names = new Set([...model.inputNames, ...model.layers.map(({ name }) => name)]);
  }

  start(inputs: tf.SymbolicTensor[]): Plain[] {
    return inputs.map((tensor) => ({ tensor, column: undefined, probe: this.probe.input(tensor) }));
  }

  /** The plain counterparts of a layer's outputs. */
  convert(layer: Layer, into: Plain[], node: Node): Plain[] {
    const source = insideTimeDistributed(layer);
    const counterpart = counterpartOf(source);
    if (counterpart !== undefined && !(counterpart.isPlain && into[0]!.column === undefined))
      return this.replace(layer, source, counterpart, into, node);
    if (bayesianLayers(layer).length > 0)
      refuse(this.who, 'a Bayesian layer may be wrapped in timeDistributed only', shownLayer(layer));
    return this.repeat(layer, into, node);
  }

  /** Refuses a tensor that misses its constant column. */
  withoutColumn(plain: Plain, where: string): Plain {
    if (plain.column !== undefined)
      refuse(
        this.who,
        'the column of ones of include_hidden_bias must become the bias of a dense layer',
        `one that reaches ${where}`,
        'set include_hidden_bias: false on the HiddenLayer before it',
      );
    return plain;
  }

  /** Gives the counterparts of Bayesian layers other weights. */
  setWeights(weightsOf: WeightsOf): void {
    for (const { layer, weights } of this.entries.values())
      if (weights !== undefined) tf.tidy(() => layer.setWeights(weights(weightsOf)));
  }

  /** The layers of a net that did not come about. */
  dispose(): void {
    for (const { layer } of this.entries.values()) release(layer);
  }

  private replace(layer: Layer, source: Layer, counterpart: Counterpart, into: Plain[], node: Node): Plain[] {
    if (!counterpart.takesColumn) into.forEach((input) => this.withoutColumn(input, shownLayer(source)));
    const known = this.known(source, into);
    // At each step of a series, but for what does the same to all of its last axis.
    const around = layer === source || counterpart.takesColumn ? undefined : this.freeName(layer);
    const copying = <T>(f: () => T): T => (counterpart.isCopy ? this.copying(source, f) : f());
    const entry = known ?? copying(() => this.make(source, counterpart, into, around));
    const tensors = copying(() => placed(entry.layer, into, node));
    if (known === undefined) copying(() => tf.tidy(() => entry.layer.setWeights(entry.weights!(meansOf))));
    const expected = this.probe.through(layer, into.map(seen), node);
    const column = entry.columnBehind;
    const probes = expected ?? this.probe.keep(() => seenBehind(entry.layer, into, column));
    const outputs = tensors.map((tensor, i) => ({ tensor, column, probe: probes[i]! }));
    const isSame =
      layer.stateful || expected === undefined || copying(() => agrees(entry.layer, into, outputs));
    if (!isSame)
      refuse(
        this.who,
        'the plain net must predict what the Bayesian net predicts',
        `other numbers from the counterpart of ${shownLayer(source)}`,
      );
    return outputs;
  }

  /** What goes wrong with a copy may be a stranger's error. */
  private copying<T>(source: Layer, f: () => T): T {
    try {
      return f();
    } catch (error) {
      return refuseCopy(this.who, source, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param around the name of a `timeDistributed` that it needs around it */
  private make(source: Layer, counterpart: Counterpart, into: Plain[], around: string | undefined): Entry {
    const [{ tensor, column }] = into as [Plain];
    const made = counterpart.make(source, {
      who: this.who,
      args: { name: this.freeName(source), trainable: source.trainableWeights.length > 0 },
      inputShape: tensor.shape.slice(around === undefined ? 1 : 2),
      width: tensor.shape.at(-1)!,
      column,
    });
    const layer =
      around === undefined ? made.layer : tf.layers.timeDistributed({ name: around, layer: made.layer });
    const entry = { ...made, layer, columns: into.map((input) => input.column) };
    this.entries.set(source, entry);
    return entry;
  }

  private repeat(layer: Layer, into: Plain[], node: Node): Plain[] {
    const behind = this.behind(layer, into, node);
    const columns = into.map(({ column }) => column);
    let tensors: tf.SymbolicTensor[] = [];
    const part = {
      who: this.who,
      narrower: columns.some((column) => column !== undefined),
      place: (repeated: Layer) => (tensors = placed(repeated, into, node)),
      fits: (repeated: Layer) => layer.stateful || agrees(repeated, into, behind),
    };
    const known = this.known(layer, into);
    if (known !== undefined) part.place(known.layer);
    else
      this.entries.set(layer, {
        layer: repeatedLayer(layer, { ...part, name: this.freeName(layer) }),
        columns,
      });
    return behind.map((seen, i) => ({ ...seen, tensor: tensors[i]! }));
  }

  /** What comes out of a layer that is no Bayesian one; a constant column goes in only if one comes out. */
  private behind(layer: Layer, into: Plain[], node: Node): Seen[] {
    const narrower = into.filter(({ column }) => column !== undefined);
    if (narrower.length > 0 && !(narrower.length === into.length && passesColumn(layer)))
      this.withoutColumn(narrower[0]!, shownLayer(layer));
    const probes = this.probe.through(layer, into.map(seen), node)!;
    return probes.map((probe) => {
      if (narrower.length === 0) return { probe, column: undefined };
      const column = constantOf(probe.tensor);
      if (column === undefined) this.withoutColumn(narrower[0]!, `${shownLayer(layer)}, which makes it vary`);
      return { probe, column };
    });
  }

  /** What a layer has become where it was used before. */
  private known(layer: Layer, into: Plain[]): Entry | undefined {
    const known = this.entries.get(layer);
    if (known !== undefined && !into.every(({ column }, i) => column === known.columns[i]))
      refuse(
        this.who,
        'a shared layer must get a column of ones from all its inputs or from none',
        `both in ${layer.name}`,
      );
    return known;
  }

  /** Layers of nested models may have equal names; in one model they must not. Those of the model itself keep theirs. */
  private freeName(layer: Layer): string {
    const { name } = layer;
    if (this.model.layers.includes(layer)) return name;
    let free = name;
    for (let k = 1; this.names.has(free); k++) free = `${name}_${k}`;
    this.names.add(free);
    return free;
  }
}

const seen = ({ probe }: Seen): Value => probe;

function placed(layer: Layer, into: Plain[], { callArgs }: Node): tf.SymbolicTensor[] {
  const tensors = into.map(({ tensor }) => tensor);
  // An initial state is among the inputs by now; in the arguments it is that of the other graph.
  const { initialState: _, constants: __, ...args } = { ...callArgs };
  const output = layer.apply(tensors.length === 1 ? tensors[0]! : tensors, args);
  return [output].flat() as tf.SymbolicTensor[];
}
