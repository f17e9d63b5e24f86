/**
 * RESTCONF (RFC 8040) as OS10 speaks it: data below /restconf/data, operations below /restconf/operations, JSON, and
 * errors as `ietf-restconf:errors` (section 7.1). OS10 takes and gives `application/json`.
 */
import { z } from 'zod';
import { switchFailed } from '../errors.ts';
import type { HttpsClient, Reply, Request } from '../https/client.ts';

const errorsSchema = z.object({
  'ietf-restconf:errors': z.object({
    error: z.array(z.object({ 'error-message': z.string().optional(), 'error-tag': z.string().optional() })),
  }),
});

export class Restconf {
  readonly #client: HttpsClient;
  readonly #address: string;

  constructor(client: HttpsClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  /** The resource, as JSON that nobody checked yet. Throws `switch_failed`. */
  async get(path: string): Promise<unknown> {
    const { status, body } = await this.#done('GET', `/restconf/data/${path}`);
    try {
      return JSON.parse(body);
    } catch (error) {
      throw switchFailed(this.#address, `GET ${path}: HTTP ${status}, and no JSON.`, error);
    }
  }

  /** Merges into the resource (section 4.6.1). */
  async patch(path: string, data: unknown): Promise<void> {
    await this.#done('PATCH', `/restconf/data/${path}`, data);
  }

  /** Deletes the resource; that it is not there is what was wanted. */
  async remove(path: string): Promise<void> {
    await this.#done('DELETE', `/restconf/data/${path}`, undefined, 404);
  }

  async operate(operation: string, input: unknown): Promise<void> {
    await this.#done('POST', `/restconf/operations/${operation}`, input);
  }

  async #done(method: Request['method'], path: string, data?: unknown, alsoGood?: number): Promise<Reply> {
    const body = data === undefined ? '' : JSON.stringify(data);
    const reply = await this.#client.ask({ method, path, body });
    if ((reply.status >= 200 && reply.status < 300) || reply.status === alsoGood) return reply;
    const why = `${method} ${path}: HTTP ${reply.status}${reasonOf(reply.body)}`;
    throw switchFailed(this.#address, why.slice(0, 400));
  }
}

function reasonOf(body: string): string {
  try {
    const { error } = errorsSchema.parse(JSON.parse(body))['ietf-restconf:errors'];
    return `, ${error.map((one) => one['error-message'] ?? one['error-tag'] ?? '').join('; ')}`;
  } catch {
    return '';
  }
}
