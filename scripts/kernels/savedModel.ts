/**
 * Graphs of TensorFlow ops, written down as expressions, and the file in which TensorFlow finds them: a SavedModel
 * without variables (tensorflow/core/protobuf/saved_model.proto and the files that it imports, as of TensorFlow 2.9;
 * here only the fields that are used).
 */
import protobuf from 'protobufjs';

/** A value of the graph: the name of the op that makes it. */
export type Node = string;

type Attribute = { type: number } | { b: boolean } | { i: number } | { tensor: object };

const FLOAT = 1;
const INT32 = 3;

export class Graph {
  private readonly nodes: object[] = [];

  /** What is fed when the graph runs, of any shape. */
  placeholder(name: string): Node {
    return this.node(name, 'Placeholder', [], { dtype: { type: FLOAT } });
  }

  /** A float32 number. */
  number(value: number): Node {
    return this.constant({ dtype: FLOAT, tensorShape: {}, floatVal: [value] });
  }

  /** An op of float32 tensors whose only attribute is their type; with a name where it is to be fed or fetched. */
  op(op: string, inputs: Node[], name?: string): Node {
    return this.node(name, op, inputs, { T: { type: FLOAT } });
  }

  /**
   * Of matrices. Not by MatMul, which TensorFlow replaces by oneDNN's: alone that is the faster one, but beside other
   * ops on the same cores its threads wait for one another, and the median step of a net takes 5 % longer.
   */
  product(a: Node, b: Node, transpose?: 'first' | 'second', name?: string): Node {
    return this.node(name, 'BatchMatMulV3', [a, b], {
      Ta: { type: FLOAT },
      Tb: { type: FLOAT },
      Tout: { type: FLOAT },
      adj_x: { b: transpose === 'first' },
      adj_y: { b: transpose === 'second' },
    });
  }

  transposed(a: Node): Node {
    return this.node(undefined, 'Transpose', [a, this.integers([1, 0])], {
      T: { type: FLOAT },
      Tperm: { type: INT32 },
    });
  }

  /** Over some axes. */
  sum(
    a: Node,
    axes: number[],
    { name, keepsAxes = false }: { name?: string; keepsAxes?: boolean } = {},
  ): Node {
    return this.node(name, 'Sum', [a, this.integers(axes)], {
      T: { type: FLOAT },
      Tidx: { type: INT32 },
      keep_dims: { b: keepsAxes },
    });
  }

  /** A matrix with a column of ones behind it. */
  withOnes(a: Node, name: string): Node {
    const paddings = this.integers([0, 0, 0, 1], [2, 2]);
    return this.node(name, 'PadV2', [a, paddings, this.number(1)], {
      T: { type: FLOAT },
      Tpaddings: { type: INT32 },
    });
  }

  /** As many of the first rows and columns of a matrix as another one has: no copy where it has all of them. */
  asLargeAs(other: Node, a: Node, name: string): Node {
    const size = this.node(undefined, 'Shape', [other], { T: { type: FLOAT }, out_type: { type: INT32 } });
    return this.node(name, 'Slice', [a, this.integers([0, 0]), size], {
      T: { type: FLOAT },
      Index: { type: INT32 },
    });
  }

  /** Scalars side by side. */
  vector(scalars: Node[], name: string): Node {
    return this.node(name, 'Pack', scalars, { T: { type: FLOAT }, N: { i: scalars.length } });
  }

  /** The bytes of saved_model.pb. */
  savedModel(): Buffer {
    const { root } = protobuf.parse(SCHEMA);
    const message = root.lookupType('SavedModel');
    const bytes = message
      .encode(
        message.fromObject({
          savedModelSchemaVersion: 1,
          metaGraphs: [
            // The version of graphs that TensorFlow 2.9 writes.
            {
              metaInfoDef: { tags: ['serve'] },
              graphDef: { node: this.nodes, versions: { producer: 1087 } },
            },
          ],
        }),
      )
      .finish();
    return Buffer.from(bytes);
  }

  private integers(intVal: number[], shape = [intVal.length]): Node {
    return this.constant({ dtype: INT32, tensorShape: { dim: shape.map((size) => ({ size })) }, intVal });
  }

  private constant(tensor: {
    dtype: number;
    tensorShape: object;
    floatVal?: number[];
    intVal?: number[];
  }): Node {
    return this.node(undefined, 'Const', [], { dtype: { type: tensor.dtype }, value: { tensor } });
  }

  private node(
    name = `n${this.nodes.length}`,
    op: string,
    input: Node[],
    attr: Record<string, Attribute>,
  ): Node {
    this.nodes.push({ name, op, input, attr });
    return name;
  }
}

const SCHEMA = `
syntax = "proto3";
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef { MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; }
message MetaInfoDef { repeated string tags = 4; }
message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
message VersionDef { int32 producer = 1; }
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message AttrValue { oneof value { int64 i = 3; bool b = 5; int32 type = 6; TensorProto tensor = 8; } }
message TensorProto {
  int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated float float_val = 5; repeated int32 int_val = 7;
}
message TensorShapeProto { repeated Dim dim = 2; }
message Dim { int64 size = 1; }
`;
