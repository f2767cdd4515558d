/** What a layer says of a training pass whose loss lacks its KL, and where the loss has it that nothing is said. */
import * as tf from '@tensorflow/tfjs';
import { adam } from '../../src/adam';
import { type HiddenLayer } from '../../src/layers/hidden';
import { diagnose } from '../../src/diagnosis/diagnose';
import { eachBackend } from '../helpers/eachBackend';
import { dataFor, squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';
import { hidden, sequential, step, x3 } from '../helpers/silentLayers';

beforeAll(() => tf.setBackend('cpu'));
const warnings = collectWarnings();

describe('a training pass without its KL in the loss', () => {
  const lost = /^tfjs-bnn: lost: a training pass ended without its KL in the loss/;

  test.each([
    [
      'a model in timeDistributed',
      () =>
        sequential(
          tf.layers.timeDistributed({
            layer: sequential(hidden({ ...x3, name: 'lost' })),
            inputShape: [4, 3],
          }),
        ),
    ],
    [
      'a nested sequential that begins with a model',
      () =>
        sequential(
          tf.layers.dense({ units: 3, inputShape: [3] }),
          sequential(sequential(hidden({ ...x3, name: 'lost' }))),
        ),
    ],
  ])('is warned about once: %s', async (_, build) => {
    const model = build();
    await step(model);
    await step(model);
    expect(await warnings()).toEqual([expect.stringMatching(lost)]);
  });

  describe('in a loop of one’s own', () => {
    const xs = (): tf.Tensor => tf.ones([2, 3]);
    const mean = (y: ReturnType<tf.LayersModel['apply']>): tf.Scalar =>
      tf.mean(tf.square(y as tf.Tensor)).asScalar();
    const withKL = (nll: tf.Scalar, kl: tf.Tensor[]): tf.Scalar => tf.addN([nll, ...kl]).asScalar();
    const net = (): tf.Sequential & { layer: HiddenLayer } => {
      const layer = hidden({ ...x3, name: 'lost', KL_factor: 0.1 });
      return Object.assign(sequential(layer), { layer });
    };
    const steps = (loss: () => tf.Scalar, optimizer: tf.Optimizer = tf.train.sgd(0.01)): void => {
      for (let i = 0; i < 3; i++) tf.tidy(() => void optimizer.minimize(loss));
    };

    eachBackend('of every backend', () => {
      test.each([undefined, {}, { training: true }, { training: false }])(
        'is warned about once where it forgets the KL: %p',
        async (kwargs) => {
          for (const optimizer of [tf.train.sgd(0.01), adam()]) {
            const model = net();
            steps(() => mean(model.apply(xs(), kwargs)), optimizer);
            model.dispose();
            await warnings();
          }
          expect(await warnings()).toEqual([expect.stringMatching(lost), expect.stringMatching(lost)]);
        },
      );

      test('is no matter where it adds the losses, or kl() by hand, before or after the call', async () => {
        const model = net();
        const kl = (): tf.Tensor[] => [tf.mul(0.1, model.layer.kl())];
        steps(() => withKL(mean(model.apply(xs())), model.calculateLosses()));
        steps(() => withKL(mean(model.apply(xs())), kl()));
        steps(() => withKL(mean(model.apply(xs(), { training: true })), kl()));
        steps(() =>
          mean(model.apply(xs()))
            .add(mean(model.apply(xs())))
            .add(kl()[0]!)
            .asScalar(),
        );
        model.dispose();
        expect(await warnings()).toEqual([]);
      });

      test('is no matter of a gradient that trains nothing, before training nor after', async () => {
        const model = net();
        const train = (): void => steps(() => withKL(mean(model.apply(xs())), model.calculateLosses()));
        for (let i = 0; i < 2; i++) {
          tf.tidy(() => tf.grad((x) => mean(model.apply(x)))(xs()));
          tf.tidy(() => model.calculateLosses().forEach((kl) => expectAllClose(kl, 0)));
          train();
        }
        model.dispose();
        expect(await warnings()).toEqual([]);
      });

      test('is no matter of diagnose, which asks for gradients and adds the KL by itself', async () => {
        const model = net();
        model.compile({ optimizer: tf.train.sgd(0.01), loss: squares });
        const { xs: x, ys: y, dispose } = dataFor(model, 4);
        for (let i = 0; i < 2; i++) {
          await diagnose(model, { x, y: y as tf.Tensor, draws: 2 });
          tf.tidy(() => model.calculateLosses().forEach((kl) => expectAllClose(kl, 0)));
          tf.tidy(() => model.layer.setPosterior(model.layer.posterior()));
          await model.fit(x, y, { verbose: 0 });
        }
        dispose();
        expect(await warnings()).toEqual([]);
      });
    });

    test('kl() between the steps, as a report asks for it, is not in the loss', async () => {
      const model = net();
      for (let i = 0; i < 2; i++) {
        steps(() => mean(model.apply(xs())));
        model.layer.kl().dispose();
      }
      expect(await warnings()).toEqual([expect.stringMatching(lost)]);
    });

    test('layers that are called one by one are no first layers all', async () => {
      const open = hidden({ include_input_bias: undefined });
      const first = hidden({ include_hidden_bias: true });
      tf.tidy(() => open.apply(first.apply(xs()) as tf.SymbolicTensor) as tf.Tensor);
      steps(() => {
        const y = mean(open.apply(first.apply(xs())));
        return withKL(
          y,
          [first, open].flatMap((layer) => layer.calculateLosses()),
        );
      });
      expect(await warnings()).toEqual([]);
    });
  });
});
