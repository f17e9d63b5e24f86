/**
 * The clients of the write benchmark, in a process of their own: each in a tight loop over one kept connection, with no
 * pause. Told by JSON in its only argument; prints the time of each write in milliseconds as one line of JSON.
 */
import { Agent, request } from 'node:http';

export type LoadOptions = {
  url: string;
  token: string;
  clients: number;
  seconds: number;
  /** Nodes `n1`... that are free, to be allocated: each once. */
  nodes: number;
};
export type LoadResult = { milliseconds: number[]; seconds: number; allocated: number };

const { url, token, clients, seconds, nodes } = JSON.parse(process.argv[2]!) as LoadOptions;
const { hostname, port } = new URL(url);
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const milliseconds: number[] = [];
let allocated = 0;

/** One write, until its answer has come whole. */
function write(method: string, path: string, body?: object): Promise<void> {
  const text = body && JSON.stringify(body);
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = { authorization: `Bearer ${token}` };
    if (text) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = Buffer.byteLength(text);
    }
    const path_ = `/isolation/v1${path}`;
    const asked = request({ hostname, port, agent, method, path: path_, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode! >= 300) return reject(new Error(`${method} ${path}: ${answer.statusCode}`));
        milliseconds.push(performance.now() - begun);
        resolve();
      });
    });
    asked.on('error', reject);
    asked.end(text);
  });
}

/** What a tenant's set-up and tear-down ask of the database. Eight writes a turn, seven without a node to allocate. */
async function turn(client: number, count: number): Promise<void> {
  const [project, network] = [`c${client}-${count}`, `n${client}-${count}`];
  await write('POST', '/projects', { name: project });
  await write('PUT', `/projects/${project}/quota`, { nodes: 10, networks: 5 });
  await write('POST', '/networks', { name: network, project });
  await write('PUT', `/networks/${network}/access/tenant`);
  if (allocated < nodes) await write('POST', `/nodes/n${++allocated}/allocate`, { project: 'tenant' });
  await write('DELETE', `/networks/${network}/access/tenant`);
  await write('DELETE', `/networks/${network}`);
  await write('DELETE', `/projects/${project}`);
}

const begun = performance.now();
const end = begun + seconds * 1000;
await Promise.all(
  Array.from({ length: clients }, async (_, client) => {
    for (let count = 0; performance.now() < end; count++) await turn(client, count);
  }),
);
const result: LoadResult = { milliseconds, seconds: (performance.now() - begun) / 1000, allocated };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
