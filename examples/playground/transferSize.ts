/** What a browser fetches of the built page, compressed as servers do it: apart what is TensorFlow.js, and all else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface TransferSize {
  /** Bytes of page, styles, fonts, scripts and tfjs-bnn. */
  page: number;
  /** Bytes of TensorFlow.js: its scripts, and the one of its WebAssembly files that a browser of today takes. */
  tensorFlow: number;
}

/** What is not fetched when the page is opened. */
const LEFT = /LICENSE|tfjs-backend-wasm-(?!simd)[^/]*\.wasm$/;
const TENSORFLOW = /(^|\/)tensorflow-[^/]*\.js$|\.wasm$/;

export function transferSize(folder: string): TransferSize {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const sizeOf = (file: string): number => {
    const content = readFileSync(file);
    // Compressed as they are: a server leaves them so.
    return file.endsWith('.woff2') ? content.length : gzipSync(content).length;
  };
  const sum = (some: string[]): number => some.reduce((total, file) => total + sizeOf(file), 0);
  return {
    page: sum(files.filter((file) => !TENSORFLOW.test(file))),
    tensorFlow: sum(files.filter((file) => TENSORFLOW.test(file))),
  };
}
