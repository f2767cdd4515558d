/** What the folder of the nets says of them. */
import type { About } from '../../about';

/** One sentence, also where the folder says nothing. */
export async function readAbout(url: string): Promise<string> {
  const response = await fetch(url).catch(() => undefined);
  const about = (await response?.json().catch(() => undefined)) as Partial<About> | undefined;
  return typeof about?.nets === 'string' ? about.nets : 'their folder does not say how they were trained.';
}
