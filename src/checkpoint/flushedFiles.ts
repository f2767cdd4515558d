/**
 * Files that outlive a power cut: what a program has written is on the disk only when the system was told to flush it.
 *
 * Node's `fs` is reached through `process.getBuiltinModule`, from Node 20.16 on: before it, and in a browser, these do
 * nothing. What is saved there survives the end of the process, at any moment, and not that of the machine.
 */
interface Handle {
  sync: () => Promise<void>;
  close: () => Promise<void>;
}

interface Files {
  open: (path: string, flags: string) => Promise<Handle>;
  mkdir: (path: string, options: { recursive: boolean }) => Promise<unknown>;
}

function files(): Files | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: 'node:fs/promises') => Files };
  };
  return process?.getBuiltinModule?.('node:fs/promises');
}

/** Makes a folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await files()?.mkdir(path, { recursive: true });
}

/** Flushes files, then folders, which hold the names of what is in them. */
export async function flush(paths: string[], folders: string[]): Promise<void> {
  const fs = files();
  if (fs === undefined) return;
  for (const path of paths) await synced(fs, path, 'r+');
  // Windows has no flush of a folder, and needs none.
  for (const path of folders) await synced(fs, path, 'r').catch(() => undefined);
}

async function synced(fs: Files, path: string, flags: string): Promise<void> {
  const handle = await fs.open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
