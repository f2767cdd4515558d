/**
 * A callback that needs the model which it is called for.
 *
 * TensorFlow.js takes a list of callbacks for plain objects if its first one is plain: it copies the functions out of all
 * of them and tells none of the model. That is said when training begins, before it shows as another error.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';

export abstract class ModelCallback extends tf.Callback {
  constructor(who: string) {
    super();
    // Of the instance, so that it is found and checked also where it is copied out.
    this.onTrainBegin = () => {
      if (this.model === null)
        refuse(
          who,
          'in a list TensorFlow.js takes callbacks of one kind',
          'plain objects beside this one',
          'wrap them: new tf.CustomCallback({onEpochEnd: …})',
        );
      return this.begin();
    };
  }

  /** Training begins. */
  protected abstract begin(): Promise<void>;
}
