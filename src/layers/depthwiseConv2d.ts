/** `tf.layers.depthwiseConv2d` with a posterior over its kernel and bias. */
import type * as tf from '@tensorflow/tfjs';
import { checkPositiveInteger, refuse } from '../check';
import { depthwiseConvolution } from '../maps/depthwiseConvolution';
import { brand } from './bayesian';
import { ConvolutionLayer, type WindowOptions } from './convolutionLayer';
import type { Design } from './familyLayer';
import type { Initializer } from './initializer';
import { register } from './register';

export interface DepthwiseConv2DOptions extends Omit<WindowOptions, 'kernelInitializer'> {
  /** Filters of each input channel: the output has channels · depthMultiplier of them. @defaultValue 1 */
  depthMultiplier?: number;
  /** Initial means of the kernel, by the counterpart's name. @defaultValue as `glorotNormal` */
  depthwiseInitializer?: Initializer;
}

const WHO = 'BayesianDepthwiseConv2D';

/**
 * Input [B, height, width, channels], output [B, height', width', channels · depthMultiplier]; the kernel is
 * [h, w, channels, depthMultiplier]. `dilationRate` does what it says, which TensorFlow.js' own layer ignores.
 */
export class BayesianDepthwiseConv2D extends ConvolutionLayer {
  static className = WHO;

  private readonly depthMultiplier: number;

  constructor(options: DepthwiseConv2DOptions) {
    const { depthwiseInitializer: kernelInitializer, depthMultiplier = 1, ...rest } = options ?? {};
    if ('kernelInitializer' in rest)
      refuse(WHO, 'every option must be a known one', 'kernelInitializer', 'it is depthwiseInitializer here');
    super(WHO, 2, kernelInitializer === undefined ? rest : { ...rest, kernelInitializer }, {
      depthMultiplier,
    });
    checkPositiveInteger(WHO, 'depthMultiplier', depthMultiplier);
    this.depthMultiplier = depthMultiplier;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { kernelInitializer: depthwiseInitializer, ...config } = super.getConfig();
    return depthwiseInitializer === undefined ? config : { ...config, depthwiseInitializer };
  }

  protected override designOf(channels: number, cells: number): Design {
    const { depthMultiplier } = this;
    return {
      map: depthwiseConvolution(this.mapWindow),
      name: 'depthwiseKernel',
      kernel: [...this.window.kernelSize, channels, depthMultiplier],
      fanIn: cells,
      fanOut: cells * depthMultiplier,
    };
  }
}

/**
 * A Bayesian `tf.layers.depthwiseConv2d`: input [B, height, width, channels], output [B, height', width', channels ·
 * depthMultiplier].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const layer = layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, datasetSize: 1000 });
 * console.log(layer.computeOutputShape([null, 9, 9, 4])); // [null, 7, 7, 8]
 */
export function depthwiseConv2d(options: DepthwiseConv2DOptions): BayesianDepthwiseConv2D {
  return new BayesianDepthwiseConv2D(options);
}

brand(BayesianDepthwiseConv2D);
register(BayesianDepthwiseConv2D);
