/** A request of a node, as those who answer it see it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BootParts } from './boot-parts.ts';
import type { Context } from './context.ts';
import type { BootTable } from './store/schema.ts';

/** An answer in plain text; nodes print it on their console. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Asked = BootParts & {
  context: Context;
  boot: BootTable;
  request: IncomingMessage;
  response: ServerResponse;
};
