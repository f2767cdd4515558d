/** What predictiveMoments refuses, and that it leaves nothing behind. */
import * as tf from '@tensorflow/tfjs';
import { predictiveMoments } from '../../src';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanRejection } from '../helpers/leaks';
import { hidden, output, rowsFor, sequential, modelsOfEachTest } from '../helpers/models';

eachBackend('predictiveMoments', () => {
  const { made } = modelsOfEachTest(0.3);

  describe('are refused, leaking nothing,', () => {
    const refused = async (message: string | RegExp, build: () => tf.LayersModel): Promise<void> => {
      const model = made(build());
      const x = rowsFor(model, 2);
      await expectCleanRejection(() => predictiveMoments(model, x), message);
    };

    test('for a layer without a rule, which is named', async () => {
      await refused(/pool_one, a GlobalMaxPooling1D/, () =>
        sequential(hidden({ inputShape: [4, 3] }), tf.layers.globalMaxPooling1d({ name: 'pool_one' })),
      );
    });
    test('for an activation without a rule, whose layer is named', async () => {
      await refused('hardSigmoid in hard_one', () =>
        sequential(output({ inputShape: [3], non_linearity: 'hardSigmoid', name: 'hard_one' })),
      );
      await refused('a function in own_one', () =>
        sequential(output({ inputShape: [3], non_linearity: (z) => tf.sin(z), name: 'own_one' })),
      );
    });
    test('for a model without a Bayesian layer', async () => {
      await refused('must hold a Bayesian layer', () =>
        sequential(tf.layers.dense({ units: 1, inputShape: [3] })),
      );
    });
    test('for a NaN, an unknown option, a batchSize of 0', async () => {
      const model = made(sequential(output({ inputShape: [3] })));
      const [x, bad] = [tf.ones([2, 3]), tf.fill([2, 3], NaN)];
      await expectCleanRejection(() => predictiveMoments(model, bad), 'NaN');
      await expectCleanRejection(() => predictiveMoments(model, x, { samples: 3 } as object), 'samples');
      await expectCleanRejection(() => predictiveMoments(model, x, { batchSize: 0 }), 'batchSize');
    });
  });
});
