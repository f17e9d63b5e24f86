/**
 * Stands between sshd and a real NETCONF server, and answers the operations that a file has answers for (a JSON object,
 * of element names and XML), since the real server knows only its configuration. Everything else passes.
 *
 * What comes behind the client's hello is held for a moment: Debian's netconfd 2.13 never answers an RPC that it reads
 * together with the hello, and on a busy machine it reads both at once.
 *
 * `node relay.ts FILE PROGRAM ARGUMENT...`
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { frame, Unframer } from '../framing.ts';

/** Enough for a server that does nothing else to be given the processor. */
const HELLO_READ_MS = 200;

const [file, program, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const unframer = new Unframer();

server.stdout.pipe(process.stdout);
server.once('exit', (code) => process.exit(code ?? 1));

for await (const bytes of process.stdin as AsyncIterable<Buffer>) {
  unframer.push(bytes);
  for (let message = unframer.next(); message !== undefined; message = unframer.next()) {
    pass(message);
    if (!message.includes(':base:1.1')) continue;
    // Both sides here can do chunks, and do them right behind the hellos.
    unframer.framing = 'chunks';
    await sleep(HELLO_READ_MS);
  }
}
server.stdin.end();

function pass(message: string): void {
  const { framing } = unframer;
  const [, id, operation] = /<rpc message-id="(\d+)"[^>]*><([\w-]+)/.exec(message) ?? [];
  const told = operation && (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[operation];
  if (!told) return void server.stdin.write(frame(message, framing));
  const reply = `<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="${id}">${told}</rpc-reply>`;
  process.stdout.write(frame(reply, framing));
}
