/**
 * Arista's eAPI (EOS Command API Guide): JSON-RPC 2.0, POST to /command-api, one method `runCmds` with a list of
 * commands that run in one session of the command line. It ends at the first command that fails: code 1002 and its
 * like, and `data` holds the results so far, the last with `errors`.
 */
import { messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import { switchFailed } from '../errors.ts';
import type { HttpsClient } from '../https/client.ts';

const replySchema = z.union([
  z.object({ result: z.array(z.unknown()) }),
  z.object({
    error: z.object({
      code: z.number(),
      message: z.string(),
      data: z.array(z.unknown()).optional(),
    }),
  }),
]);
const failedSchema = z.object({ errors: z.array(z.string()) });

export class Eapi {
  readonly #client: HttpsClient;
  readonly #address: string;
  #calls = 0;

  constructor(client: HttpsClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  /** The results of the commands, in privileged mode. Throws `switch_failed` with what failed. */
  async run(commands: readonly string[]): Promise<unknown[]> {
    const request = {
      jsonrpc: '2.0',
      method: 'runCmds',
      params: { version: 1, cmds: ['enable', ...commands], format: 'json' },
      id: `bullion-${++this.#calls}`,
    };
    const { status, body } = await this.#client.ask({
      method: 'POST',
      path: '/command-api',
      body: JSON.stringify(request),
    });
    const reply = this.#parse(status, body);
    if ('error' in reply) {
      const why = failedSchema.safeParse(reply.error.data?.at(-1)).data?.errors.join(' ');
      const told = why === undefined ? reply.error.message : `${reply.error.message} (${why})`;
      throw switchFailed(this.#address, told.slice(0, 400));
    }
    return reply.result.slice(1);
  }

  #parse(status: number, body: string) {
    try {
      return replySchema.parse(JSON.parse(body));
    } catch (error) {
      throw switchFailed(this.#address, `HTTP ${status}, and no eAPI: ${messageOf(error)}`, error);
    }
  }
}
