/** Compiles the loops of `assembly/` to WebAssembly, and makes the file of `src` that holds the bytes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const GENERATED = 'src/kernels/simdBytes.ts';

/** The text of `GENERATED`, from the sources below `root`. @throws with the compiler's own words. */
export function generate(root: string): string {
  return `/** Made by \`npm run kernels\` out of \`assembly/\`: do not edit. */
export const SIMD_BYTES =
  '${compile(root).toString('hex')}';
`;
}

function compile(root: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-bnn-kernels-'));
  const file = join(folder, 'kernels.wasm');
  try {
    execFileSync(
      process.execPath,
      [
        join(root, 'node_modules/assemblyscript/bin/asc.js'),
        'assembly/index.ts',
        // Neither a runtime nor data: the module lives in another's memory and owns nothing there.
        ...['--runtime', 'stub', '--importMemory', '--enable', 'simd', '--disableWarning', '112'],
        ...['-O3', '--converge', '--noAssert', '--outFile', file],
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] },
    );
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
