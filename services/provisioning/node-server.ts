/**
 * What nodes may ask for, on the provisioning network: their boot script, kernel and initramfs, their configuration
 * once, and a place to report to. A node is known by a secret token of its boot, and must come from the boot's address.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BullionError, hashToken, messageOf } from '@bullion/service';
import type { BootParts } from './boot-parts.ts';
import type { Context } from './context.ts';
import { learnAddress } from './dhcp/learn.ts';
import { sendFirmware } from './firmware-files.ts';
import { ROUTES, type TokenKind } from './node-answers.ts';
import { Refusal } from './node-request.ts';
import type { BootTable } from './store/schema.ts';

/** For a whole request, and for a connection on which nothing moves: a node that hangs holds nothing of ours. */
const REQUEST_MS = 30_000;
const SILENCE_MS = 60_000;
/** All nodes together; a node that opens more than its share shuts others out, but not this service down. */
const MAX_CONNECTIONS = 4096;

export class NodeServer {
  readonly #context: Context;
  readonly #parts: BootParts;
  /** One an address: nodes speak IPv4, and UEFI's HTTP boot IPv6 too. */
  readonly #servers: { server: Server; address: string }[];
  /** Answers that are being made; they use the database. */
  readonly #answering = new Set<Promise<void>>();

  constructor(context: Context, parts: BootParts, address6?: string) {
    this.#context = context;
    this.#parts = parts;
    const addresses = [context.network.address, ...(address6 === undefined ? [] : [address6])];
    this.#servers = addresses.map((address) => ({ address, server: this.#newServer() }));
  }

  #newServer(): Server {
    const timeouts = {
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5000,
    };
    const server = createServer(timeouts, (request, response) => {
      const answering = this.#answer(request, response).finally(() => this.#answering.delete(answering));
      this.#answering.add(answering);
    });
    server.timeout = SILENCE_MS;
    server.maxConnections = MAX_CONNECTIONS;
    return server;
  }

  async listen(): Promise<void> {
    const { httpPort } = this.#context.network;
    for (const { server, address } of this.#servers) {
      server.listen(httpPort, address);
      try {
        await once(server, 'listening');
      } catch (cause) {
        throw new BullionError(
          'unavailable',
          'node_server_failed',
          `Nodes cannot be served at ${address}, port ${httpPort}: ${messageOf(cause)}.`,
          { hint: 'Is the address on this machine, and the port free?', cause },
        );
      }
    }
  }

  async close(): Promise<void> {
    for (const { server } of this.#servers) {
      if (!server.listening) continue;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
    await Promise.all(this.#answering);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [, root, token, what, ...rest] = (request.url ?? '').split('?')[0]!.split('/');
      if (root === 'firmware' && what === undefined)
        return await sendFirmware(token ?? '', request, response);
      const route = root === 'boot' && token && rest.length === 0 ? ROUTES.get(what ?? '') : undefined;
      if (!route) throw new Refusal(404, 'There is nothing here for a node.');
      // iPXE and UEFI may ask for the size of a file first.
      const isHead = request.method === 'HEAD' && route.head === true;
      if (request.method !== route.method && !isHead)
        throw new Refusal(405, `Ask for this by ${route.method}.`);
      const boot = await this.#bootOf(route.token, token!, request, what!);
      await route.answer({ context: this.#context, ...this.#parts, boot, request, response });
    } catch (error) {
      this.#refuse(error, request, response);
    }
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (response.headersSent || request.socket.destroyed) return void response.destroy();
    const known = error instanceof Refusal;
    if (!known) this.#context.log.error({ error: messageOf(error) }, 'node request failed');
    response
      .writeHead(known ? error.status : 500, { 'content-type': 'text/plain', connection: 'close' })
      .end(`${known ? error.message : 'The service failed.'}\n`);
  }

  /** The boot that a token belongs to, asked for by the node at the boot's own address. */
  async #bootOf(kind: TokenKind, token: string, request: IncomingMessage, what: string): Promise<BootTable> {
    const value = kind === 'script_token' ? token : hashToken(token);
    const boot = await this.#context.db
      .selectFrom('boots')
      .selectAll()
      .where(kind, '=', value)
      .where('state', 'in', ['booting', 'running'])
      .executeTakeFirst();
    const from = request.socket.remoteAddress?.replace(/^::ffff:/, '');
    if (boot && boot.address === from) return boot;
    // A node begins anew with its script, and may then have been given another address.
    if (
      boot &&
      from &&
      kind === 'script_token' &&
      what === 'script.ipxe' &&
      this.#context.network.dhcp === 'proxy'
    )
      return await learnAddress(this.#context, this.#parts, boot, from);
    this.#context.log.warn({ from, what, node: boot?.node }, 'node request refused');
    throw new Refusal(
      boot ? 403 : 410,
      boot ? 'This token belongs to another node.' : 'This token is not valid, or no longer.',
    );
  }
}
