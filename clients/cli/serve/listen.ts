/** Where the services answer. */
import { once } from 'node:events';
import { type AddressInfo, isIP, type Server } from 'node:net';
import { BullionError } from '@bullion/service/errors';

export type Listen = { host: string; port: number };

/** `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070`. */
export function parseListen(text: string): Listen {
  const [, v6, host, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const wrong6 = v6 !== undefined && isIP(v6) !== 6;
  if (digits !== undefined && port <= 65_535 && !wrong6) return { host: (v6 ?? host)!, port };
  throw new BullionError(
    'invalid',
    'listen_invalid',
    `"${text}" is not an address and a port to answer at.`,
    {
      hint: 'Write it as 127.0.0.1:7070, or [::1]:7070.',
    },
  );
}

/** Opens the port. Throws `port_taken`, `port_not_permitted`, `address_absent`. */
export async function open(server: Server, { host, port }: Listen): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    throw listenError(cause as NodeJS.ErrnoException, host, port);
  }
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): unknown {
  if (cause.code === 'EADDRINUSE') {
    return new BullionError(
      'conflict',
      'port_taken',
      `Port ${port} of ${host} is taken by another program.`,
      {
        hint: `See which: ss -ltnp 'sport = :${port}'. End it, or take another port: --listen ${host}:${port + 1}`,
        cause,
      },
    );
  }
  if (cause.code === 'EACCES') {
    return new BullionError('forbidden', 'port_not_permitted', `This user may not open port ${port}.`, {
      hint: 'Take a port above 1023.',
      cause,
    });
  }
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN') {
    return new BullionError('invalid', 'address_absent', `This machine has no address "${host}".`, {
      hint: 'See its addresses with `ip address`; 0.0.0.0 means all of them.',
      cause,
    });
  }
  return cause;
}

/** The address by which programs of this machine reach the port. */
export function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  const reachable = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${family === 'IPv6' && reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
