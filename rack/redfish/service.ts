/** The service root, its sessions, and the one table of all that a BMC shows. */
import { z } from 'zod';
import { checked, collection, type Fields, link, type Resource, type Resources } from './resource.ts';
import { SESSION_TIMEOUT_S, type Session, type Sessions } from './sessions.ts';

const ROOT = '/redfish/v1';
const SERVICE = `${ROOT}/SessionService`;
const SESSIONS = `${SERVICE}/Sessions`;

/** Finds what stands at a path. `rooms` are the systems, managers and chassis. */
export function service(uuid: string, sessions: Sessions, rooms: Record<string, Resource>): Resources {
  const fixed: Record<string, Resource> = {
    '/redfish': { open: ['GET', 'HEAD'], get: () => ({ v1: `${ROOT}/` }) },
    [ROOT]: { open: ['GET', 'HEAD'], get: () => root(uuid) },
    [`${ROOT}/odata`]: { open: ['GET', 'HEAD'], get: odata },
    [SERVICE]: { get: sessionService },
    [SESSIONS]: {
      open: ['POST'],
      get: () => collection(SESSIONS, 'Session', sessions.list().map(pathOf)),
      post: async (body) => login(sessions, body),
    },
    ...rooms,
  };
  return (path) => {
    if (Object.hasOwn(fixed, path)) return fixed[path];
    const session = sessions.list().find((one) => pathOf(one) === path);
    if (!session) return undefined;
    return {
      owner: session.account,
      get: () => describe(session),
      delete: () => sessions.delete(session.id),
    };
  };
}

const pathOf = ({ id }: Session) => `${SESSIONS}/${id}`;

const root = (uuid: string): Fields => ({
  ...link(`${ROOT}/`),
  '@odata.type': '#ServiceRoot.v1_15_0.ServiceRoot',
  Id: 'RootService',
  Name: 'Root service',
  RedfishVersion: '1.18.0',
  UUID: uuid,
  Vendor: 'Bullion',
  Product: 'Emulated Redfish BMC',
  Systems: link(`${ROOT}/Systems`),
  Chassis: link(`${ROOT}/Chassis`),
  Managers: link(`${ROOT}/Managers`),
  SessionService: link(SERVICE),
  Links: { Sessions: link(SESSIONS) },
});

const odata = (): Fields => ({
  '@odata.context': `${ROOT}/$metadata`,
  value: ['Service', 'Systems', 'Chassis', 'Managers', 'SessionService'].map((name) => ({
    name,
    kind: 'Singleton',
    url: name === 'Service' ? `${ROOT}/` : `${ROOT}/${name}`,
  })),
});

const sessionService = (): Fields => ({
  ...link(SERVICE),
  '@odata.type': '#SessionService.v1_1_8.SessionService',
  Id: 'SessionService',
  Name: 'Session service',
  ServiceEnabled: true,
  SessionTimeout: SESSION_TIMEOUT_S,
  Sessions: link(SESSIONS),
});

const describe = (session: Session): Fields => ({
  ...link(pathOf(session)),
  '@odata.type': '#Session.v1_6_0.Session',
  Id: session.id,
  Name: 'Session',
  UserName: session.account.user,
});

function login(sessions: Sessions, body: Fields) {
  const { UserName, Password } = checked(
    z.strictObject({ UserName: z.string(), Password: z.string() }),
    body,
  );
  const { session, token } = sessions.create(UserName, Password, SESSIONS);
  return {
    status: 201,
    body: describe(session),
    headers: { 'X-Auth-Token': token, Location: pathOf(session) },
  };
}
