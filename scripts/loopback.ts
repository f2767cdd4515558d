/** A server that this machine alone can call, on a port that is free. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  url: string;
  close: () => Promise<void>;
}

export async function onLoopback(server: Server): Promise<Site> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
