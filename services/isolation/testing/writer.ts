/** A service that many write to at once, to be killed: it prints the name of each project that it acknowledged. */
import { createLogger } from '@bullion/service';
import { openIsolation } from '../index.ts';

const AT_ONCE = 8;

export async function writer(folder: string, run: number): Promise<never> {
  const { app, createToken } = await openIsolation({ folder, logger: createLogger('silent') });
  const authorization = `Bearer ${await createToken('operator', 'writer')}`;
  const write = async (client: number): Promise<never> => {
    for (let count = 0; ; count++) {
      const name = `p${run}-${client}-${count}`;
      const request = { method: 'POST', url: '/isolation/v1/projects', headers: { authorization } } as const;
      const answer = await app.inject({ ...request, payload: { name } });
      if (answer.statusCode !== 200) throw new Error(answer.body);
      console.log(name);
      // Refused, in the same group as what is done.
      if (count % 3 === 0) await app.inject({ ...request, payload: { name } });
    }
  };
  return await Promise.race(Array.from({ length: AT_ONCE }, (_, client) => write(client)));
}
