/**
 * A shell on a switch that is fed with scripts and answers each one: one login for the whole session, since a login
 * costs a slow switch CPU half a second. An answer is framed by marks that hold a random word of this session, so that
 * nothing a command prints can be taken for the end of an answer.
 */
import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { SshChild } from './child.ts';
import type { SshSettings } from './settings.ts';

export type Answer = {
  readonly code: number;
  /** Standard output and standard error, in the order they were written. */
  readonly output: string;
};

export type ShellOptions = { readonly signal: AbortSignal; readonly timeoutMs: number };

/** More than any switch has to say; what says more is not well. */
const MAX_ANSWER = 64 * 1024 * 1024;

type Waiting = {
  readonly mark: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: NodeJS.Timeout;
};

export class RemoteShell {
  readonly #child: SshChild;
  readonly #timeoutMs: number;
  readonly #word = randomBytes(16).toString('hex');
  readonly #waiting: Waiting[] = [];
  #heard = '';
  #calls = 0;

  private constructor(child: SshChild, timeoutMs: number) {
    this.#child = child;
    this.#timeoutMs = timeoutMs;
    const decoder = new StringDecoder('utf8');
    child.stdout.on('data', (chunk: Buffer) => this.#hear(decoder.write(chunk)));
    child.ended.addEventListener('abort', () => {
      for (const { reject, timer } of this.#waiting.splice(0)) {
        clearTimeout(timer);
        reject(child.ended.reason);
      }
    });
  }

  /**
   * `interpreter` is the command line of a POSIX shell that reads its standard input. Throws `switch_unreachable`,
   * `switch_login_refused` or `switch_identity_changed`.
   */
  static async open(settings: SshSettings, interpreter: string, options: ShellOptions): Promise<RemoteShell> {
    const child = new SshChild(settings, { command: interpreter }, options.signal);
    const shell = new RemoteShell(child, options.timeoutMs);
    try {
      // A login that is not interactive often lacks the folders of the system's own programs.
      await shell.run('PATH="/usr/sbin:/sbin:$PATH"; LC_ALL=C; export PATH LC_ALL');
      return shell;
    } catch (error) {
      await shell.close();
      throw error;
    }
  }

  /**
   * Runs a script, after those that were given before, and returns how it ended. Whoever writes the script answers for
   * every word in it: nothing is quoted here. Throws `switch_unreachable`, and the shell is spent then.
   */
  run(script: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#child.ended.aborted) {
      reject(this.#child.ended.reason);
      return promise;
    }
    const mark = `${this.#word}-${++this.#calls}`;
    const late = () => this.#child.lose(new Error(`no answer in ${this.#timeoutMs} ms`));
    this.#waiting.push({ mark, resolve, reject, timer: setTimeout(late, this.#timeoutMs) });
    this.#child.stdin.write(
      `echo ${mark}\n{\n${script}\n} 2>&1 </dev/null\nprintf '\\n%s %s\\n' ${mark} $?\n`,
    );
    return promise;
  }

  async close(): Promise<void> {
    await this.#child.close();
  }

  #hear(text: string): void {
    this.#heard += text;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const start = this.#heard.indexOf(`${next.mark}\n`);
      const from = start + next.mark.length + 1;
      const stop = start < 0 ? -1 : this.#heard.indexOf(`\n${next.mark} `, from - 1);
      const end = stop < 0 ? -1 : this.#heard.indexOf('\n', stop + 1);
      if (end < 0) break;
      const code = Number(this.#heard.slice(stop + next.mark.length + 2, end));
      const output = this.#heard.slice(from, Math.max(from, stop));
      this.#heard = this.#heard.slice(end + 1);
      this.#waiting.shift();
      clearTimeout(next.timer);
      next.resolve({ code, output });
    }
    if (this.#heard.length > MAX_ANSWER) this.#child.lose(new Error('its answer is too long'));
  }
}
