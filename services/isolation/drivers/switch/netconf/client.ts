/**
 * A client of NETCONF (RFC 6241) over the `netconf` subsystem of SSH (RFC 6242): hello, RPCs one after another, and
 * changes by lock, edit of the candidate, commit, so that a batch is one transaction.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BullionError, messageOf } from '@bullion/service/errors';
import { childOf, childrenOf, type Element, parseXml } from '../../xml.ts';
import { switchFailed } from '../errors.ts';
import { SshChild } from '../ssh/child.ts';
import type { SshSettings } from '../ssh/settings.ts';
import { type Framing, frame, Unframer } from './framing.ts';

const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0';
const BASE_1_0 = 'urn:ietf:params:netconf:base:1.0';
const BASE_1_1 = 'urn:ietf:params:netconf:base:1.1';
const CANDIDATE = 'urn:ietf:params:netconf:capability:candidate:1.0';
const LOCK_RETRY_MS = 100;

/** What a server refused, by its `rpc-error` (RFC 6241, section 4.3). */
export class RpcError extends Error {
  readonly tag: string;

  constructor(errors: readonly Element[]) {
    const said = errors.map(
      (error) => childOf(error, 'error-message')?.text || childOf(error, 'error-tag')?.text,
    );
    super(said.filter(Boolean).join('; ') || 'no reason given');
    this.tag = childOf(errors[0], 'error-tag')?.text ?? '';
  }
}

export type ClientOptions = { readonly signal: AbortSignal; readonly timeoutMs: number };

export class NetconfClient {
  readonly #child: SshChild;
  readonly #address: string;
  readonly #timeoutMs: number;
  readonly #unframer = new Unframer();
  #framing: Framing = 'mark';
  #hear: ((message: Element) => void) | undefined;
  #messages = 0;
  /** The end of what was begun before: RPCs, and whole transactions, take turns. */
  #rpcTurn: Promise<unknown> = Promise.resolve();
  #changeTurn: Promise<unknown> = Promise.resolve();

  private constructor(child: SshChild, address: string, timeoutMs: number) {
    this.#child = child;
    this.#address = address;
    this.#timeoutMs = timeoutMs;
    child.stdout.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  /** Throws `switch_unreachable`, `switch_login_refused`, `switch_identity_changed`, or `switch_failed`. */
  static async connect(settings: SshSettings, options: ClientOptions): Promise<NetconfClient> {
    const child = new SshChild(settings, { subsystem: 'netconf' }, options.signal);
    const client = new NetconfClient(child, settings.address, options.timeoutMs);
    try {
      await client.#greet();
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** The `data` of the running configuration, as far as the subtree filter selects it. */
  async getConfig(filter: string): Promise<Element> {
    const reply = await this.#call(
      `<get-config><source><running/></source><filter type="subtree">${filter}</filter></get-config>`,
    );
    return childOf(reply, 'data') ?? this.#fail('its answer to get-config has no data.');
  }

  /** The first element of an answer to an operation that only tells something (RFC 6241, section 4.2). */
  async ask(operation: string): Promise<Element> {
    const [told] = (await this.#call(operation)).children;
    return told ?? this.#fail(`its answer to ${operation.slice(0, 60)} is empty.`);
  }

  /**
   * Changes the configuration in one transaction. `edit` is called when nobody else can change it any more, and
   * returns the content of `config`. Waits for a lock that another session holds, as long as a call may take.
   */
  change(edit: () => Promise<string>): Promise<void> {
    const done = this.#changeTurn.then(() => this.#change(edit));
    this.#changeTurn = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.#child.close();
  }

  async #change(edit: () => Promise<string>): Promise<void> {
    await this.#lock();
    try {
      const config = await edit();
      await this.#call(`<edit-config><target><candidate/></target><config>${config}</config></edit-config>`);
      // No validate before it: a commit is all or nothing (section 8.3.4.1), and Junos checks all of it. Debian's
      // netconfd 2.13 forgets, at a validate, that the candidate was edited, and commits nothing with an <ok/>.
      await this.#call('<commit/>');
    } catch (error) {
      // A candidate that is left half edited would be committed by whoever comes next.
      await this.#call('<discard-changes/>').catch(() => {});
      throw error;
    } finally {
      await this.#call('<unlock><target><candidate/></target></unlock>').catch(() => {});
    }
  }

  async #lock(): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      try {
        await this.#rpc('<lock><target><candidate/></target></lock>');
        return;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (error.tag !== 'lock-denied' || performance.now() > deadline) {
          throw switchFailed(this.#address, `its configuration cannot be locked: ${error.message}`, error);
        }
      }
      await sleep(LOCK_RETRY_MS * (0.5 + Math.random()));
    }
  }

  async #greet(): Promise<void> {
    const hello = this.#answer('to say hello');
    const capabilities = [BASE_1_0, BASE_1_1].map((name) => `<capability>${name}</capability>`).join('');
    this.#send(`<hello xmlns="${BASE}"><capabilities>${capabilities}</capabilities></hello>`);
    const message = await hello;
    if (message.name !== 'hello') this.#fail(`it began with <${message.name}>, not with a hello.`);
    const offered = childrenOf(childOf(message, 'capabilities'), 'capability').map(({ text }) => text);
    if (!offered.includes(CANDIDATE)) this.#fail('it has no candidate configuration.');
  }

  async #call(operation: string): Promise<Element> {
    try {
      return await this.#rpc(operation);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const name = /^<([\w-]+)/.exec(operation)?.[1];
      throw switchFailed(this.#address, `${name} failed: ${error.message.slice(0, 400)}`, error);
    }
  }

  #rpc(operation: string): Promise<Element> {
    const done = this.#rpcTurn.then(async () => {
      const id = String(++this.#messages);
      const answer = this.#answer('of an RPC');
      this.#send(`<rpc message-id="${id}" xmlns="${BASE}">${operation}</rpc>`);
      const reply = await answer;
      if (reply.name !== 'rpc-reply' || reply.attributes.get('message-id') !== id) {
        this.#fail(`it answered another question than number ${id}.`);
      }
      const errors = allErrors(reply).filter((error) => childOf(error, 'error-severity')?.text !== 'warning');
      if (errors.length > 0) throw new RpcError(errors);
      return reply;
    });
    this.#rpcTurn = done.catch(() => {});
    return done;
  }

  /** The next message. Whoever asks must send only after it asked. */
  async #answer(what: string): Promise<Element> {
    const { promise, resolve, reject } = Promise.withResolvers<Element>();
    const { ended } = this.#child;
    const lost = () => reject(ended.reason);
    const late = () => this.#child.lose(new Error(`no answer ${what} in ${this.#timeoutMs} ms`));
    const timer = setTimeout(late, this.#timeoutMs);
    this.#hear = resolve;
    ended.addEventListener('abort', lost, { once: true });
    if (ended.aborted) lost();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#hear = undefined;
      ended.removeEventListener('abort', lost);
    }
  }

  #send(message: string): void {
    if (!this.#child.ended.aborted) this.#child.stdin.write(frame(message, this.#framing));
  }

  #receive(bytes: Buffer): void {
    try {
      this.#unframer.push(bytes);
      for (let text = this.#unframer.next(); text !== undefined; text = this.#unframer.next()) {
        const message = parseXml(text);
        if (message.name === 'hello') this.#agree(message);
        // Notifications were not asked for; another message that nobody waits for is a mistake of the server's.
        if (message.name !== 'notification') this.#hear?.(message);
      }
    } catch (error) {
      this.#child.lose(new Error(`it does not speak NETCONF: ${messageOf(error)}`));
    }
  }

  /** Both sides change the framing right behind the hellos, before the next byte (RFC 6242, section 4.1). */
  #agree(hello: Element): void {
    const offered = childrenOf(childOf(hello, 'capabilities'), 'capability').map(({ text }) => text);
    if (offered.includes(BASE_1_1)) this.#framing = this.#unframer.framing = 'chunks';
  }

  #fail(what: string): never {
    throw switchFailed(this.#address, what) as BullionError;
  }
}

/** Some servers put the errors of a commit below an element of their own. */
function allErrors(element: Element): Element[] {
  return element.name === 'rpc-error' ? [element] : element.children.flatMap(allErrors);
}
