/**
 * The driver of Linux switches: a VLAN-filtering bridge, as on Cumulus Linux, DENT and any Linux with switchdev or
 * plain NICs, configured by iproute2 over SSH. Commands: ip-link(8), bridge(8).
 */
import { z } from 'zod';
import type { SwitchDriver } from '../driver.ts';
import { switchSettingsInvalid } from '../errors.ts';
import { SSH_SECRETS } from '../ssh/settings.ts';
import { RemoteShell } from '../ssh/shell.ts';
import { LinuxBridgeSession, linuxBridgeCapabilities } from './session.ts';
import { interfaceNameSchema, linuxBridgeSettingsSchema } from './settings.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export const linuxBridgeDriver: SwitchDriver = {
  type: 'linux-bridge',
  capabilities: linuxBridgeCapabilities,
  settingsSchema: linuxBridgeSettingsSchema,
  secretSettings: SSH_SECRETS,
  portNameSchema: interfaceNameSchema,
  async connect(settings, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
    const parsed = linuxBridgeSettingsSchema.safeParse(settings);
    if (!parsed.success) throw switchSettingsInvalid('linux-bridge', z.prettifyError(parsed.error));
    const interpreter = parsed.data.sudo ? 'sudo -n sh' : 'sh';
    const shell = await RemoteShell.open(parsed.data, interpreter, { signal, timeoutMs });
    const session = new LinuxBridgeSession(shell, parsed.data);
    try {
      await session.start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  },
};
