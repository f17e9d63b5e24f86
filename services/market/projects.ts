/**
 * Whose an account is. A party is a project of the isolation service, and names come again: an account is of the project
 * that first acted under its name, until the operator says that it is another's.
 */
import { ok, type Services } from '@bullion/sdk';
import { BullionError, conflict, notFound } from '@bullion/service/errors';
import { type Command, partyOf, type State } from './market/index.ts';

/** As long as a token is believed; see authenticate.ts. */
const REMEMBER_MS = 1000;

/** When a project was made; undefined where there is none. */
export function askProjects({ isolation }: Services) {
  const known = new Map<string, { until: number; made: Promise<string | undefined> }>();
  return async (name: string): Promise<string | undefined> => {
    const found = known.get(name);
    if (found && found.until > performance.now()) return await found.made;
    if (known.size > 1000) known.clear();
    const made = ask(isolation, name).catch((error) => {
      known.delete(name);
      throw error;
    });
    known.set(name, { until: performance.now() + REMEMBER_MS, made });
    return await made;
  };
}

async function ask(isolation: Services['isolation'], project: string): Promise<string | undefined> {
  try {
    const params = { path: { project } };
    return (await ok(isolation.GET('/isolation/v1/projects/{project}', { params }))).createdAt;
  } catch (error) {
    if (error instanceof BullionError && error.status === 404) return undefined;
    throw error;
  }
}

/** What an operator does about the orders and the money of a project that is gone. */
const WITHOUT_PROJECT: ReadonlySet<string> = new Set<Command['do']>(['withdraw', 'cancel', 'release']);
const isTaken = (command: Command) => command.do === 'mint' && command.amount < 0n;

/** The command, with the project that its party is from now on. Throws where the account is another project's. */
export async function withProject(
  state: State,
  made: (name: string) => Promise<string | undefined>,
  command: Command,
): Promise<Command> {
  const party = partyOf(command);
  if (party === undefined || isTaken(command)) return command;
  const project = await made(party);
  if (project === undefined) {
    if (WITHOUT_PROJECT.has(command.do)) return command;
    throw notFound('project', party, 'See those that there are: `bullion project list`.');
  }
  const known = state.parties.get(party)?.project;
  if (known === project) return command;
  if (known === undefined || command.do === 'adopt') return { ...command, project };
  throw conflict(
    'party_of_another_project',
    `The account "${party}" is of an earlier project of that name, made at ${known}; this one was made at ${project}.`,
    'Use a project of another name, or have the operator hand the account over: `bullion market adopt PARTY`.',
  );
}
