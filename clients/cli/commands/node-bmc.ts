/** The options that say where the BMC of a node is, and how to log in there. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { collect, readSecret, settingsOf } from '../settings.ts';

export const onNode = (node: string) => ({ params: { path: { node } } });

export type BmcOptions = {
  bmc: string;
  bmcAddress?: string;
  bmcPort?: string;
  bmcUser?: string;
  bmcPasswordFile?: string;
  bmcSetting?: string[];
};

/** `type` is the driver where none is named; left out, the BMC stays as it is. */
export const withBmc = (command: Command, type?: string): Command =>
  command
    .option('--bmc <type>', "its BMC's driver", type)
    .option('--bmc-address <address>', "the BMC's host name or address")
    .option('--bmc-port <port>', "the BMC's port, where it is not the usual one")
    .option('--bmc-user <name>', 'whom to log in as')
    .option('--bmc-password-file <file>', 'holds the password; - is standard input (or BULLION_BMC_PASSWORD)')
    .option('--bmc-setting <key=value>', 'another setting of the driver; value @FILE reads a file', collect);

/** A password is never an argument: those of a running program are for everybody to read. */
export function bmcSettings(cli: Cli, options: Partial<BmcOptions>): Record<string, unknown> {
  const given = {
    address: options.bmcAddress,
    port: options.bmcPort === undefined ? undefined : Number(options.bmcPort),
    username: options.bmcUser,
    password:
      options.bmcPasswordFile === undefined
        ? cli.io.env.BULLION_BMC_PASSWORD
        : readSecret(options.bmcPasswordFile),
    ...settingsOf(options.bmcSetting),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
