/** iPXE for UEFI's HTTP boot: the same files that TFTP gives. They are no secret, so no token is asked for. */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sizeOf } from './boot-files.ts';
import { FIRMWARE_FILES, FIRMWARE_FOLDER } from './dhcp/architectures.ts';
import { Refusal } from './node-request.ts';

/** Only what a firmware may be told of: nothing else of the folder is read. */
export async function sendFirmware(
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'Ask for this by GET.');
  const path = join(FIRMWARE_FOLDER, name);
  const size = FIRMWARE_FILES.has(name) ? await sizeOf(path) : undefined;
  if (size === undefined) throw new Refusal(404, 'There is no such boot file.');
  // UEFI asks for the length first, and starts a program by this type (UEFI 2.10 section 24.7.3.3).
  response.writeHead(200, { 'content-type': 'application/efi', 'content-length': size });
  if (request.method === 'HEAD') return void response.end();
  await pipeline(createReadStream(path), response);
}
