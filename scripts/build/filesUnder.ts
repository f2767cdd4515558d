import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All files of a folder and of those in it. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
