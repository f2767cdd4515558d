import { crc32 } from '../../src/checkpoint/crc32';

/** Bit by bit, as the standard writes it. */
function reference(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
const text = (s: string): Uint8Array => new TextEncoder().encode(s);

test('has the check value of the standard', () => {
  expect(crc32(text('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});

test.each([1, 2, 3, 4, 5, 7, 8, 100, 1001])(
  'is the bitwise one for %p bytes, in one piece and in two',
  (length) => {
    const bytes = Uint8Array.from({ length }, () => Math.floor(Math.random() * 256));
    expect(crc32(bytes)).toBe(reference(bytes));
    const cut = Math.floor(Math.random() * length);
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(reference(bytes));
  },
);
