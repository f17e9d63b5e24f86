/** The driver of Open vSwitch: its configuration database, spoken to over OVSDB (RFC 7047). */
import { z } from 'zod';
import type { SwitchDriver } from '../driver.ts';
import { switchSettingsInvalid, switchUnreachable } from '../errors.ts';
import { OvsdbClient } from './ovsdb/client.ts';
import { OvsSession, ovsCapabilities } from './session.ts';
import { ovsSettingsSchema, parseAddress } from './settings.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export const ovsDriver: SwitchDriver = {
  type: 'ovs',
  capabilities: ovsCapabilities,
  settingsSchema: ovsSettingsSchema,
  secretSettings: [],
  portNameSchema: z
    .string()
    .regex(/^[^\s/]{1,255}$/, 'must be the name of a port of the bridge, without spaces and slashes'),
  async connect(settings, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
    const parsed = ovsSettingsSchema.safeParse(settings);
    if (!parsed.success) throw switchSettingsInvalid('ovs', z.prettifyError(parsed.error));
    const { address } = parsed.data;
    const client = await OvsdbClient.connect(parseAddress(address)!, { signal, timeoutMs }).catch((error) => {
      throw switchUnreachable(address, error);
    });
    const session = new OvsSession(client, parsed.data, timeoutMs);
    try {
      await session.start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  },
};
