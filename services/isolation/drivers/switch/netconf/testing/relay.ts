/**
 * Stands between sshd and a real NETCONF server: answers the operations that a file has answers for (a JSON object, of
 * element names and XML), since the real server knows only its configuration, and passes everything else on.
 *
 * `node operational.ts FILE PROGRAM ARGUMENT...`
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { frame, Unframer } from '../framing.ts';

const [file, program, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const unframer = new Unframer();

server.stdout.pipe(process.stdout);
server.once('exit', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => server.stdin.end());
process.stdin.on('data', (bytes: Buffer) => {
  unframer.push(bytes);
  for (let message = unframer.next(); message !== undefined; message = unframer.next()) {
    const { framing } = unframer;
    const [, id, operation] = /<rpc message-id="(\d+)"[^>]*><([\w-]+)/.exec(message) ?? [];
    const told = operation && (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[operation];
    if (told) {
      const reply = `<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="${id}">${told}</rpc-reply>`;
      process.stdout.write(frame(reply, framing));
    } else server.stdin.write(frame(message, framing));
    // Both sides here can do chunks, and do them right behind the hellos.
    if (message.includes(':base:1.1')) unframer.framing = 'chunks';
  }
});
