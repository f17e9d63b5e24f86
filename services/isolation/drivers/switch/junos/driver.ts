/**
 * The driver of Juniper switches with ELS (EX, QFX) by NETCONF (`system services netconf ssh`). Wire-tested, not yet on
 * metal: the protocol against a real NETCONF server that is not Junos, with a model of the statements that we use.
 */
import { z } from 'zod';
import type { SwitchDriver } from '../driver.ts';
import { switchSettingsInvalid } from '../errors.ts';
import { NetconfClient } from '../netconf/client.ts';
import { SSH_SECRETS } from '../ssh/settings.ts';
import { JunosSession, junosCapabilities } from './session.ts';
import { junosPortSchema, junosSettingsSchema } from './settings.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export const junosDriver: SwitchDriver = {
  type: 'junos',
  capabilities: junosCapabilities,
  settingsSchema: junosSettingsSchema,
  secretSettings: SSH_SECRETS,
  portNameSchema: junosPortSchema,
  async connect(settings, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
    const parsed = junosSettingsSchema.safeParse(settings);
    if (!parsed.success) throw switchSettingsInvalid('junos', z.prettifyError(parsed.error));
    const client = await NetconfClient.connect(parsed.data, { signal, timeoutMs });
    const session = new JunosSession(client, parsed.data.address);
    try {
      await session.listPorts();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  },
};
