/**
 * The REST API of Dell Networking OS9 (Open Automation Guide, "REST API"): the configuration as data below
 * /api/running/dell, and commands through one operation, /api/running/dell/_operations/cli. An answer to a command is
 * what a terminal would show: echo, prompts, and lines that begin with `% Error` where it failed.
 */
import { messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import { switchFailed } from '../errors.ts';
import type { HttpsClient } from '../https/client.ts';

const DATA = 'application/vnd.yang.data+json';
const OPERATION = 'application/vnd.yang.operation+json';
/** Of the commands in one request, by the guide. */
const MAX_COMMANDS = 1000;

const outputSchema = z
  .union([
    z.object({ 'dell:output': z.object({ command: z.string() }) }).transform((one) => one['dell:output']),
    z.object({ output: z.object({ command: z.string() }) }).transform((one) => one.output),
  ])
  .transform(({ command }) => command);

export class Os9Rest {
  readonly #client: HttpsClient;
  readonly #address: string;

  constructor(client: HttpsClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  /** Data below /api/running/dell/, as JSON that nobody checked yet. Throws `switch_failed`. */
  get(path: string): Promise<unknown> {
    return this.#asked({ method: 'GET', path: `/api/running/dell/${path}`, type: DATA });
  }

  /** What `show COMMAND` prints. */
  show(command: string): Promise<string> {
    return this.#cli('show-command', command);
  }

  execute(command: string): Promise<string> {
    return this.#cli('exec-command', command);
  }

  /**
   * Configuration commands. Each block begins in configuration mode, and is not divided; there are as many requests as
   * the blocks need. It ends at the first request in which a command failed.
   */
  async configure(blocks: readonly (readonly string[])[]): Promise<void> {
    for (const batch of batches(blocks.map((block) => block.join('\r\n')))) {
      await this.#cli('config-commands', batch);
    }
  }

  async #cli(kind: 'config-commands' | 'show-command' | 'exec-command', commands: string): Promise<string> {
    const path = '/api/running/dell/_operations/cli';
    const body = JSON.stringify({ input: { [kind]: commands } });
    const reply = await this.#asked({ method: 'POST', path, type: OPERATION, body });
    const output = outputSchema.safeParse(reply);
    if (!output.success) throw switchFailed(this.#address, `${path}: an answer without output.`);
    const error = /^\s*%\s*Error.*$/m.exec(output.data)?.[0].trim();
    if (error === undefined) return output.data;
    const first = commands.split('\r\n', 1)[0];
    throw switchFailed(this.#address, `${kind} from \`${first}\` on: ${error.slice(0, 300)}`);
  }

  async #asked(request: Parameters<HttpsClient['ask']>[0]): Promise<unknown> {
    const { status, body } = await this.#client.ask(request);
    const asked = `${request.method} ${request.path}`;
    if (status !== 200) throw switchFailed(this.#address, `${asked}: HTTP ${status} ${body.slice(0, 200)}`);
    try {
      return JSON.parse(body);
    } catch (error) {
      throw switchFailed(this.#address, `${asked}: ${messageOf(error)}`, error);
    }
  }
}

/** Joins texts by line ends into as few as fit a request. */
function batches(texts: readonly string[]): string[] {
  const full: string[] = [];
  for (const text of texts) {
    const joined = full.length === 0 ? text : `${full.at(-1)}\r\n${text}`;
    if (full.length === 0 || joined.length > MAX_COMMANDS) full.push(text);
    else full[full.length - 1] = joined;
  }
  return full;
}
