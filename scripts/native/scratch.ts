/**
 * Folders that are whole or absent: whatever is made is made in a scratch folder beside its place and then
 * renamed, so that neither an interruption nor a second run at the same time leaves anything half done.
 */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { constants, hostname } from 'node:os';
import { join } from 'node:path';

/** The dot hides it from npm when it lies in node_modules; host and process tell whose it is. */
const prefix = `.tfjs-bnn-${hostname()}-`;

/** Calls `task` with an empty folder within `parent`, and removes it afterwards, however the task ends. */
export async function inScratch(parent: string, task: (work: string) => Promise<void>): Promise<void> {
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const work = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  const remove = () => rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  const stop = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  process.on('exit', remove).on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await task(work);
  } finally {
    process.off('exit', remove).off('SIGINT', stop).off('SIGTERM', stop);
    remove();
  }
}

/** Puts `fresh` at `place`, unless a good one has come there meanwhile; a bad one goes the way of `work`. */
export async function moveInto(
  place: string,
  fresh: string,
  work: string,
  isGood: (folder: string) => boolean | Promise<boolean>,
): Promise<void> {
  if (await isGood(place)) return;
  await rename(place, join(work, 'replaced')).catch(() => undefined);
  try {
    await rename(fresh, place);
  } catch (error) {
    if (!(await isGood(place))) throw error;
  }
}

/** What a killed run had no time to remove. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
