/** The program behind `./bullion`. */
import { main } from './main.ts';

const stop = new AbortController();
// The first signal asks the command to come to an orderly end; the second does not ask.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new DOMException(`ended by ${signal}`, 'AbortError'));
  });
}
// `bullion node list | head -1`: the reader has gone, and that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  isTTY: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
  signal: stop.signal,
});
process.exit(code);
