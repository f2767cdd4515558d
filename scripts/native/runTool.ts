/**
 * Runs a tool of another project within a scratch folder, quietly, and lets it say itself why it failed.
 */
import { spawn } from 'node:child_process';

/** Runs `command` without a shell in the folder `work`; its temporary files stay there too. */
export function run(work: string, command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: work,
      env: environment(work),
      // pip draws a bar while it downloads, which only a terminal can show.
      stdio: ['ignore', process.stdout.isTTY && args.includes('download') ? 'inherit' : 'pipe', 'pipe'],
    });
    const kill = () => child.kill();
    // Ahead of the listener that removes the folder in which the tool is writing.
    process.prependListener('exit', kill);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-10_000)));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('exit', kill);
      if (code === 0) resolve();
      else reject(new Error(`${command} failed (${signal ?? `exit code ${code}`}): ${complaint(output)}`));
    });
  });
}

/** `npm run -w examples` passes its workspace on to every npm below, which looks for it in vain elsewhere. */
function environment(work: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_config_(include_)?workspace/i.test(name),
  );
  return { ...Object.fromEntries(inherited), TMPDIR: work };
}

/** The lines that speak of an error, of which the first ones say most, or else the last lines there are. */
function complaint(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  const telling = errors.length > 0 ? errors.slice(0, 4) : lines.slice(-3);
  return telling
    .map((line) => line.replace(/^npm error /, '').trim())
    .join('; ')
    .slice(0, 400);
}
