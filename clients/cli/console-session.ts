/** A person at a node's console: this terminal becomes the node's, until `~.`. */
import type { Cli } from './cli.ts';
import { ConsoleLink, type ConsoleMessage, type LinkOptions, type Watcher } from './console-link.ts';
import { Keys } from './keys.ts';
import { bytes, plain } from './output.ts';

export type SessionOptions = Pick<LinkOptions, 'tail' | 'since'> & {
  /** Ask for the writer's seat at once, or only watch. */
  write: boolean;
  /** Put another writer out of it. */
  take: boolean;
};

const HELP = `
  ~.   leave                    ~w   ask to write
  ~?   this help                ~t   take the writing over from another one
  ~~   a tilde                  ~r   write no more, only watch
  Each at the start of a line. Ctrl-] leaves at any time.`;
/** So many are named when somebody comes or goes. */
const NAMED = 5;

export class ConsoleSession {
  readonly #cli: Cli;
  readonly #node: string;
  readonly #options: SessionOptions;
  readonly #decoder = new TextDecoder();
  #writes = false;
  /** What is typed before it is known whether one may write waits for that. */
  readonly #seatKnown = Promise.withResolvers<void>();
  #you = '';
  #seen = '';

  constructor(cli: Cli, node: string, options: SessionOptions) {
    this.#cli = cli;
    this.#node = node;
    this.#options = options;
  }

  /** Returns when the person has left, or the node was released. */
  async run(stdin: NodeJS.ReadStream): Promise<void> {
    const link = await ConsoleLink.open(this.#cli, this.#node, {
      ...this.#options,
      onBytes: (printed) => this.#cli.io.stdout.write(this.#decoder.decode(printed, { stream: true })),
      onMessage: (message) => this.#hear(message),
    });
    if (this.#options.write) link.askToWrite(this.#options.take);
    else this.#seatKnown.resolve();
    this.#cli.note(`Joined to ${this.#node}. ~. leaves, ~? shows what else there is.\n`);
    const leave = () => link.leave();
    const keys = new Keys({
      send: async (typed) => {
        await this.#seatKnown.promise;
        if (this.#writes) link.send(typed);
        else this.#say('You only watch: ~w asks to write.');
      },
      leave,
      signs: {
        '?': () => this.#cli.note(HELP),
        w: () => link.askToWrite(false),
        t: () => link.askToWrite(true),
        r: () => link.onlyRead(),
      },
    });
    const onKeys = (typed: string) => keys.type(typed);
    this.#cli.signal.addEventListener('abort', leave);
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', onKeys);
    try {
      const why = await link.ended();
      this.#cli.note(`\n${why ? `${why} ` : ''}Left the console of ${this.#node}.`);
    } finally {
      stdin.off('data', onKeys);
      stdin.setRawMode(false);
      stdin.pause();
      this.#cli.signal.removeEventListener('abort', leave);
    }
  }

  #hear(message: ConsoleMessage): void {
    if (message.type === 'hello') {
      this.#you = message.you;
      if (!message.connected) this.#say('The BMC does not answer now; the console comes when it does.');
    }
    if (message.type === 'gap') this.#say(`${bytes(message.bytes)} that belong here were not kept.`);
    if (message.type === 'connection')
      this.#say(
        message.connected ? 'The console is connected again.' : 'The BMC is lost; trying to get it back.',
      );
    if (message.type === 'watchers') this.#tellWatchers(message.watchers);
    if (message.type === 'error') this.#say(`${message.message} ${message.hint ?? ''}`.trim());
    if (message.type === 'seat') this.#tellSeat(message.state, message.holder);
  }

  #tellSeat(state: string, holder: string | null): void {
    this.#writes = state === 'granted';
    this.#seatKnown.resolve();
    const other = plain(holder ?? 'Another one');
    if (state === 'granted') this.#say('You write.');
    if (state === 'refused') this.#say(`${other} writes here now, and you watch. ~t takes it over.`);
    if (state === 'taken') this.#say(`${other} has taken the writing over; you watch now. ~t takes it back.`);
    if (state === 'given-up') this.#say('You only watch now. ~w asks to write again.');
  }

  /** Who else is here, whenever that has changed. One is oneself. */
  #tellWatchers(watchers: Watcher[]): void {
    const own = watchers.findIndex(({ who, writer }) => who === this.#you && writer === this.#writes);
    const others = watchers.filter((_, index) => index !== own);
    const names = others.slice(0, NAMED).map(({ who, writer }) => plain(who) + (writer ? ' (writes)' : ''));
    const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
    const text = others.length === 0 ? 'Nobody else is here.' : `Also here: ${names.join(', ')}${more}.`;
    // That one is alone is said only to who was not.
    if (text !== this.#seen && (this.#seen !== '' || others.length > 0)) this.#say(text);
    this.#seen = text;
  }

  /** Beside what the node prints, so that it is not taken for it. */
  #say(text: string): void {
    this.#cli.note(`\n[bullion: ${text}]`);
  }
}
