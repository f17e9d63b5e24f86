/**
 * Makes `generated/SERVICE.ts`, the types of a service's API, from the service's own OpenAPI document.
 * `npm run sdk` writes them; `npm run sdk -- --check` fails where they are not up to date.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@bullion/service';
import openapiTS, { astToString } from 'openapi-typescript';

type OpenApiSource = { app: { ready(): PromiseLike<unknown>; swagger(): unknown }; close(): Promise<void> };

/** Opens each service on an empty folder, as nothing but the source of its document. */
const services: Record<string, (folder: string) => Promise<OpenApiSource>> = {
  isolation: async (folder) =>
    (await import('../../services/isolation/index.ts')).openIsolation({
      folder,
      logger: createLogger('silent'),
    }),
  provisioning: async (folder) =>
    (await import('../../services/provisioning/index.ts')).openProvisioning({
      folder,
      logger: createLogger('silent'),
      network: {
        name: 'none',
        interface: 'none',
        address: '127.0.0.1',
        prefix: 8,
        httpPort: 0,
        iscsiPort: 0,
      },
      isolation: { url: 'http://127.0.0.1:1', token: 'none' },
    }),
  market: async (folder) =>
    (await import('../../services/market/index.ts')).openMarket({
      folder,
      logger: createLogger('silent'),
      isolation: { url: 'http://127.0.0.1:1', token: 'none' },
    }),
};

const check = process.argv.includes('--check');
for (const [name, open] of Object.entries(services)) {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-sdk-'));
  const service = await open(folder);
  try {
    await service.app.ready();
    const types = astToString(await openapiTS(JSON.stringify(service.app.swagger())));
    const text = `// Made by \`npm run sdk\` from the OpenAPI document of the ${name} service. Do not edit.\n${types}`;
    const path = join(import.meta.dirname, 'generated', `${name}.ts`);
    if (check && text !== (await readFile(path, 'utf8'))) {
      console.error(`${path} is not up to date: run \`npm run sdk\`.`);
      process.exitCode = 1;
    }
    if (!check) {
      await mkdir(join(import.meta.dirname, 'generated'), { recursive: true });
      await writeFile(path, text);
      console.log(`wrote ${path}`);
    }
  } finally {
    await service.close();
    await rm(folder, { recursive: true });
  }
}
