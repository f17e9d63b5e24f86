/** Imports a URL into memory's own idea of a store, and is meant to be killed: URL SCRATCH NAME [SHA256]. */
import { HttpSource, importImage } from '../index.ts';

const [url, scratch, name, sha256] = process.argv.slice(2) as [string, string, string, string | undefined];
await importImage(
  {
    createImageFromFile: () => Promise.reject(new Error('killed too late')),
  },
  name,
  new HttpSource(url, { sha256 }),
  { scratch },
);
