/**
 * CRC-32 as zip and PNG have it (ISO 3309; reflected polynomial 0xEDB88320): finds every error of up to 32 bits in a row,
 * and any other but one in 2³².
 */

/**
 * TABLES[k][b] is the CRC of the byte b with k zero bytes behind it: four bytes are then one step ("slicing by four",
 * Kounavis & Berry 2005).
 */
const TABLES = tables();

function tables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let k = 1; k < 4; k++) all.push(all[k - 1]!.map((crc) => first[crc & 255]! ^ (crc >>> 8)));
  return all;
}

/** The checksum of `bytes`, or of what `before` is the checksum of with `bytes` behind it: 0 to 2³² − 1. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const fours = bytes.length & ~3;
  let crc = ~before;
  let i = 0;
  for (; i < fours; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
