/** Where a disk comes from, or goes to, as a request says it. */
import { HttpSource, OciSource, type Source } from '@bullion/volumes/transfer';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { guardedFetch } from './guarded-fetch.ts';

const Sha256 = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits');
const Credential = z.string().max(4096).optional();

export const ImportRequest = z.object({
  url: z.string().max(4000).optional().describe('http or https; raw, qcow2, or raw packed with gzip or zstd'),
  oci: z.string().max(1000).optional().describe('REGISTRY/REPOSITORY:TAG or @DIGEST'),
  sha256: Sha256.optional().describe('Of the file at the URL, as its publisher prints it'),
  contentSha256: Sha256.optional().describe(
    'Of the raw disk: where an image of yours has it, nothing is fetched',
  ),
  user: Credential,
  password: Credential,
});
export type ImportRequest = z.output<typeof ImportRequest>;

export const PushRequest = z.object({
  reference: z.string().max(1000).describe('REGISTRY/REPOSITORY:TAG'),
  format: z.enum(['raw', 'qcow2', 'gzip', 'zstd']).default('zstd'),
  user: Credential,
  password: Credential,
});
export type PushRequest = z.output<typeof PushRequest>;

type Credentials = { user?: string | undefined; password?: string | undefined };

/** What a registry is spoken to with. */
export const registryOptions = ({ guard }: Context, { user, password }: Credentials) => ({
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
  fetch: guardedFetch(guard),
});

/** Throws a `TransferError` where it names no source. */
export function sourceOf(context: Context, request: ImportRequest): Source {
  if (request.oci !== undefined) return new OciSource(request.oci, registryOptions(context, request));
  const url = new URL(request.url!);
  if (request.user !== undefined) url.username = encodeURIComponent(request.user);
  if (request.password !== undefined) url.password = encodeURIComponent(request.password);
  return new HttpSource(url.href, {
    ...(request.sha256 === undefined ? {} : { sha256: request.sha256.toLowerCase() }),
    fetch: guardedFetch(context.guard),
  });
}
