import { resolve } from 'node:path';
import { fromSystem } from '../errors.ts';
import { CommandError, runCommand } from '../system/command.ts';
import { TransferError } from './errors.ts';

export interface ConvertOptions {
  readonly from: 'raw' | 'qcow2';
  readonly to: 'raw' | 'qcow2';
  /** For qcow2. */
  readonly compress?: boolean;
  readonly signal?: AbortSignal;
  /** 0 to 1. */
  readonly onProgress?: (part: number) => void;
}

/** A day: an image of 4 TiB at 50 MB/s. */
const CONVERT_MS = 24 * 3600 * 1000;

/** Copies an image file into another format, sparse; the new file is on the disk when this resolves. */
export async function convertImage(input: string, output: string, options: ConvertOptions): Promise<void> {
  const args = ['convert', '-p', '-f', options.from, '-O', options.to, '-T', 'none', '-t', 'writeback'];
  if (options.compress) args.push('-c');
  try {
    // Absolute, so that no part of a name is taken for one of QEMU's protocols.
    await runCommand('qemu-img', [...args, resolve(input), resolve(output)], {
      timeoutMs: CONVERT_MS,
      signal: options.signal,
      onOutput(text) {
        const percent = [...text.matchAll(/\((\d+(?:\.\d+)?)\/100%\)/g)].at(-1)?.[1];
        if (percent !== undefined) options.onProgress?.(Number(percent) / 100);
      },
    });
  } catch (error) {
    throw explain(error, input, output);
  }
}

function explain(error: unknown, input: string, output: string): unknown {
  if (!(error instanceof CommandError)) return error;
  if (error.why === 'missing') {
    return new TransferError(
      'tool-missing',
      'qemu-img, which reads and writes qcow2, is not on this machine',
      'Install it: apt-get install qemu-utils',
      error,
    );
  }
  if (/No space left|Disk quota/.test(error.stderr)) {
    return fromSystem(Object.assign(error, { code: 'ENOSPC' }), `converting ${input} to ${output}`);
  }
  return new TransferError(
    'tool-failed',
    `converting ${input}: ${error.message}`,
    `See what it says: qemu-img check ${input}`,
    error,
  );
}
