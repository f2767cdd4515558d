/** Bytes that are part of the sources, in hexadecimal, of which gzip makes a quarter less than of base64. */
export const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
