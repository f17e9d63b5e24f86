/** Waits for the end of an operation and shows what it is at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf, isolationOperation, type Operation, provisioningOperation } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import { type LiveBlock, spinner } from './live-block.ts';
import { plain, seconds } from './output.ts';

export type Service = 'isolation' | 'provisioning';

/** A service that is restarted is back within this time, in milliseconds, and goes on with the operation. */
const PATIENCE_MS = 60_000;

/** The operation when it has succeeded; throws its error where it failed. `title` says what is being done. */
export async function follow(cli: Cli, service: Service, id: string, title: string): Promise<Operation> {
  const services = await cli.services();
  const read = (service === 'isolation' ? isolationOperation : provisioningOperation)(services);
  const view = new OperationView(cli, title);
  try {
    for (;;) {
      const operation = await patiently(cli, () => read(id, 1));
      view.show(operation);
      if (operation.state === 'failed') throw errorOf(500, { error: operation.error });
      if (operation.state === 'succeeded') return operation;
    }
  } catch (error) {
    view.end();
    if (cli.signal.aborted)
      cli.note(`The operation goes on without you. Follow it: bullion operation show ${id} --follow`);
    throw error;
  } finally {
    view.end();
  }
}

/** Waits for an operation, or says how to follow it; the end of every command that begins one. */
export async function finish(
  cli: Cli,
  operation: string,
  options: { wait: boolean },
  words: { doing: string; done: string },
  service: Service = 'isolation',
): Promise<void> {
  if (!options.wait)
    return cli.result(
      { operation },
      `${words.doing}. Follow it: bullion operation show ${operation} --follow`,
    );
  cli.result(await follow(cli, service, operation, words.doing), words.done);
}

/** The answer of a call; while the service is away it is asked again. */
export async function patiently<Answer>(cli: Cli, call: () => Promise<Answer>): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = false; ; ) {
    try {
      return await call();
    } catch (error) {
      const away =
        error instanceof BullionError && ['service_unreachable', 'service_not_served'].includes(error.code);
      if (!away || Date.now() > deadline) throw error;
      if (!told)
        cli.note(`No service answers at ${cli.url} now; waiting up to ${PATIENCE_MS / 1000} s for it.`);
      told = true;
      await sleep(500, undefined, { signal: cli.signal });
    }
  }
}

/** A terminal gets one block that is redrawn; anything else a line for each thing that changed. */
class OperationView {
  readonly #cli: Cli;
  readonly #title: string;
  readonly #block: LiveBlock | undefined;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #last: Operation | undefined;

  constructor(cli: Cli, title: string) {
    this.#cli = cli;
    this.#title = title;
    this.#block = cli.liveBlock();
    if (this.#block) this.#timer = setInterval(() => this.#draw(), 100);
  }

  show(operation: Operation): void {
    this.#last = operation;
    if (this.#block) this.#draw();
    else this.#tellChanges(operation);
  }

  #tellChanges(operation: Operation): void {
    for (const step of operation.steps) {
      const note = step.note === undefined ? '' : `: ${plain(step.note)}`;
      this.#tell(step.finishedAt ? `  ${step.name} done` : `  ${step.name}${note}`);
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#block?.clear();
  }

  #tell(line: string): void {
    if (this.#told.has(line)) return;
    if (this.#told.size === 0) this.#cli.note(this.#title);
    this.#told.add(line);
    this.#cli.note(line);
  }

  #draw(): void {
    const steps = (this.#last?.steps ?? []).map((step) => {
      const took = Date.parse(step.finishedAt ?? new Date().toISOString()) - Date.parse(step.startedAt);
      const note = step.note === undefined || step.finishedAt ? '' : `  ${plain(step.note)}`;
      return `  ${step.finishedAt ? '✓' : spinner()} ${step.name}  ${seconds(Math.max(0, took))}${note}`;
    });
    this.#block!.draw([`${spinner()} ${this.#title}`, ...steps]);
  }
}
