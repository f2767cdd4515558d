import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, GENERATED } from '../../scripts/kernels/compile';

const ROOT = join(__dirname, '..', '..');

test('the bytes are those that assembly/ compiles to', () => {
  expect(readFileSync(join(ROOT, GENERATED), 'utf8')).toBe(generate(ROOT));
});
