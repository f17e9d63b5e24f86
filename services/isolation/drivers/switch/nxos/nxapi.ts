/**
 * NX-API CLI in its JSON-RPC 2.0 form (Cisco Nexus 9000 Series NX-OS Programmability Guide, chapter "NX-API CLI"): POST
 * to /ins, `application/json-rpc`, one request a command, method `cli` for structured output and for configuration,
 * `cli_ascii` for text. A batch stops at the first command that fails, whose answer has `error`; the HTTP status of
 * such an answer is 500, and its body counts.
 */
import { messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import { switchFailed } from '../errors.ts';
import type { HttpsClient } from '../https/client.ts';

const replySchema = z.object({
  id: z.number().nullable(),
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.number(),
      message: z.string(),
      data: z.object({ msg: z.string() }).partial().optional().catch(undefined),
    })
    .optional(),
});
type Reply = z.infer<typeof replySchema>;

export class NxApi {
  readonly #client: HttpsClient;
  readonly #address: string;

  constructor(client: HttpsClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  /** The structured output of a show command: the body that the switch gives; undefined when it has none. */
  async show(command: string): Promise<unknown> {
    const [reply] = await this.#call('cli', [command]);
    return z.object({ body: z.unknown() }).safeParse(reply?.result).data?.body;
  }

  async text(command: string): Promise<string> {
    const [reply] = await this.#call('cli_ascii', [command]);
    return z.object({ msg: z.string() }).safeParse(reply?.result).data?.msg ?? '';
  }

  /** Runs commands in order, in one session of the switch's command line. Throws `switch_failed` with what failed. */
  async run(commands: readonly string[]): Promise<void> {
    await this.#call('cli', commands);
  }

  async #call(method: 'cli' | 'cli_ascii', commands: readonly string[]): Promise<Reply[]> {
    const requests = commands.map((cmd, index) => ({
      jsonrpc: '2.0',
      method,
      params: { cmd, version: 1 },
      id: index + 1,
    }));
    const { status, body } = await this.#client.ask({
      method: 'POST',
      path: '/ins',
      type: 'application/json-rpc',
      accept: 'application/json',
      body: JSON.stringify(requests),
    });
    const replies = this.#parse(status, body);
    for (const { id, error } of replies) {
      if (error === undefined) continue;
      const command = commands[(id ?? 1) - 1] ?? '';
      const why = error.data?.msg?.trim() || error.message;
      throw switchFailed(this.#address, `\`${command}\` failed: ${why.slice(0, 300)}`);
    }
    if (replies.length !== commands.length) {
      throw switchFailed(this.#address, `${commands.length} commands were answered ${replies.length} times.`);
    }
    return replies;
  }

  #parse(status: number, body: string): Reply[] {
    try {
      const json: unknown = JSON.parse(body);
      // An answer to a batch of one is not always an array.
      return z.array(replySchema).parse(Array.isArray(json) ? json : [json]);
    } catch (error) {
      throw switchFailed(this.#address, `HTTP ${status}, and no JSON-RPC: ${messageOf(error)}`, error);
    }
  }
}
