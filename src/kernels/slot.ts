/** A place for kernels that a build leaves out and an entry of its own brings. */
import type { Kernels } from './contract';

type Offer = () => Partial<Kernels>;

export interface Slot {
  kernels: Offer;
  offer: (kernels: Offer) => void;
}

/** @param missing what to do where they are asked for and nobody has brought them */
export function slot(missing?: () => void): Slot {
  let offered: Offer = () => {
    missing?.();
    return {};
  };
  return {
    kernels: () => offered(),
    offer(kernels) {
      offered = kernels;
    },
  };
}

export const missingFromModular = (backend: string) => (): void =>
  console.warn(
    `tfjs-bnn/modular: import 'tfjs-bnn/modular/wasm' too; without it layers are slower on ${backend}.`,
  );
