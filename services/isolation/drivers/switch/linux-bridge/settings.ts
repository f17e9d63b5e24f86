/** How a Linux switch is reached, which of its bridges is the switch, and where its configuration is saved. */
import { z } from 'zod';
import { sshSettings, tcpPortSchema } from '../ssh/settings.ts';

/**
 * A network interface's name as the kernel takes it (15 bytes), narrowed to what means nothing to a shell or to the
 * batch language of ip(8): names are put into both as they are.
 */
export const interfaceNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, 'must be the name of a network interface');

export const linuxBridgeSettingsSchema = z.strictObject({
  ...sshSettings,
  port: tcpPortSchema.default(22),
  bridge: interfaceNameSchema.describe('the bridge whose ports the servers are cabled to'),
  sudo: z.boolean().default(false).describe('whether the user needs `sudo -n` to configure the bridge'),
  saveTo: z
    .string()
    .max(255)
    .regex(/^(\/(?!\.\.?(\/|$))[A-Za-z0-9_.-]+){2,}$/, 'must be an absolute path of plain characters')
    .default('/etc/bullion/bridge.sh')
    .describe('the script that `save` writes, and that the switch runs when its bridge has come up'),
});

export type LinuxBridgeSettings = z.infer<typeof linuxBridgeSettingsSchema>;
