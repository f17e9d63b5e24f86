/**
 * The driver of Dell SmartFabric OS10 (`rest api restconf`). Wire-tested, not yet on metal: no OS10 was ever asked.
 *
 * Resources (Dell SmartFabric OS10 User Guide, "RESTCONF API", and what `cli mode rest-translate` shows of the command
 * line): `ietf-interfaces:interfaces` with `dell-interface:mode`, `untagged-ports` and `tagged-ports`;
 * `ietf-interfaces:interfaces-state` with `dell-lldp`; `dell-l2-mac:oper-params`; the operation `copy-config`. OS10 has no
 * transaction over RESTCONF here: a batch is two merges and a delete for each VLAN that a port leaves, and ends at
 * what fails. Each request takes such a switch one to two seconds, so give it a longer time-out.
 */
import { z } from 'zod';
import { portNotOurs } from '../errors.ts';
import { type HttpsSettings, httpsSettings } from '../https/client.ts';
import { httpsDriver, understood } from '../https/driver.ts';
import { changesOf, isOurs, type Os10Snapshot, os10PortSchema, snapshotOf } from './interfaces.ts';
import { addressesOf, countersOf, neighboursOf } from './readings.ts';
import { Restconf } from './restconf.ts';

const INTERFACES = 'ietf-interfaces:interfaces';

export const os10Driver = httpsDriver<HttpsSettings, Os10Snapshot>({
  type: 'dell-os10',
  capabilities: {
    tagged: true,
    nativelessTrunk: true,
    // Private VLANs of OS10 are a property of the VLAN.
    isolatedPorts: false,
    saveConfig: true,
    portCounters: true,
    neighbours: true,
    addresses: true,
  },
  settingsSchema: z.strictObject(httpsSettings),
  portNameSchema: os10PortSchema,
  speak(client, { address }) {
    const api = new Restconf(client, address);
    const get = async <T>(path: string, parse: (shown: unknown) => T): Promise<T> => {
      const shown = await api.get(path);
      return understood(address, path, () => parse(shown));
    };
    return {
      read: () => get(INTERFACES, snapshotOf),
      refusal(port, _config, { ports }) {
        const { mode } = ports.get(port)!;
        return isOurs(mode) ? undefined : portNotOurs(address, port, `its mode is ${mode}`);
      },
      async write(changes, before) {
        const { modes, removals, members } = changesOf(changes, before);
        if (modes !== undefined) await api.patch(INTERFACES, modes);
        for (const { vlan, list, port } of removals) {
          const name = encodeURIComponent(port);
          await api.remove(`${INTERFACES}/interface=vlan${vlan}/dell-interface:${list}=${name}`);
        }
        if (members !== undefined) await api.patch(INTERFACES, members);
      },
      save: () =>
        api.operate('copy-config', {
          'yuma-netconf:input': { target: { startup: [null] }, source: { running: [null] } },
        }),
      counters: () => get('ietf-interfaces:interfaces-state', countersOf),
      neighbours: () => get('ietf-interfaces:interfaces-state', neighboursOf),
      addresses: () => get('dell-l2-mac:oper-params', addressesOf),
      close: () => client.close(),
    };
  },
});
