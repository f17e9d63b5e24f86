/** `bullion import`: the servers of a real data centre, out of a table, NetBox or HIL. */
import { writeFileSync } from 'node:fs';
import { BullionError } from '@bullion/service/errors';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { askHil } from '../inventory/hil.ts';
import { readInventory } from '../inventory/read.ts';
import { type Outcome, Registrar } from '../inventory/register.ts';
import { table } from '../output.ts';
import { collect, readSecret, settingsOf } from '../settings.ts';

type Options = {
  dryRun?: true;
  firmware: 'bios' | 'uefi';
  bmc: string;
  bmcUser?: string;
  bmcPasswordFile?: string;
  bmcSetting?: string[];
  netboxRole: string;
};

const FORMATS = `
Formats:
  A table (CSV), a row a NIC:
    node,firmware,bmc,bmc_address,bmc_user,bmc_password_file,nic,mac,switch,port
    and bmc_port, bmc_password, bmc.KEY (other settings), meta.KEY (metadata).
    What is said of a node is said in one of its rows. Without switch and port a cable is looked for.
  NetBox: the answers of GET /api/dcim/devices/?limit=0 and GET /api/dcim/interfaces/?limit=0, a file each.
  HIL: what \`bullion import-hil\` saves.
  Several files fill each other's gaps: HIL and NetBox know no passwords, so give a table of BMCs beside them.

A node is registered in maintenance. It comes out of it when its BMC has answered and each NIC was met at its port: by
the address that the switch learned there, or by LLDP when the node is inspected. Import again after that.`;

export function addImport(program: Command, cli: Cli): void {
  example(
    program
      .command('import <file...>')
      .description('register servers from a table, NetBox or HIL, and check each (operators)')
      .option('--dry-run', 'say what would be done, and change nothing')
      .addOption(
        new Option('--firmware <kind>', 'of nodes where no file says it')
          .choices(['bios', 'uefi'])
          .default('uefi'),
      )
      .option('--bmc <type>', "the BMCs' driver, where no file says it", 'ipmi')
      .option('--bmc-user <name>', 'whom to log in as at BMCs, where no file says it')
      .option('--bmc-password-file <file>', 'holds the password, where no file says it; - is standard input')
      .option('--bmc-setting <key=value>', "another setting of the BMCs' driver", collect)
      .option('--netbox-role <slug>', 'the role that servers have in NetBox', 'server')
      .addHelpText('after', FORMATS)
      .action(async (files: string[], options: Options) => {
        const inventory = readInventory(files, options);
        const registrar = await Registrar.open(cli, {
          dryRun: options.dryRun ?? false,
          firmware: options.firmware,
          bmcDriver: options.bmc,
          bmcSettings: bmcSettings(options),
        });
        const outcomes = await registrar.register(inventory);
        cli.result(outcomes, report(outcomes, options.dryRun ?? false));
        if (outcomes.some(({ state }) => state === 'refused')) cli.exitCode = 1;
      }),
    'bullion import servers.csv --dry-run',
    'bullion import devices.json interfaces.json bmcs.csv --bmc redfish',
  );
  example(
    program
      .command('import-hil <url> <file>')
      .description('ask a running HIL for its nodes, and save them for `bullion import`')
      .option('--user <name>', 'an administrator of HIL', 'admin')
      .requiredOption('--password-file <file>', 'holds the password; - is standard input')
      .action(async (url: string, file: string, options: { user: string; passwordFile: string }) => {
        if (!/^https?:\/\//.test(url)) {
          throw new BullionError('invalid', 'url_invalid', `"${url}" is not the address of a HIL.`, {
            hint: 'Give one such as http://hil.example:5000.',
          });
        }
        const saved = await askHil(url, options.user, readSecret(options.passwordFile), cli.signal);
        writeFileSync(file, `${JSON.stringify(saved, undefined, 2)}\n`);
        cli.result(
          { nodes: saved.nodes.length, file },
          `${saved.nodes.length} nodes are in ${file}. HIL tells nothing of BMCs: give them in a table beside it.`,
        );
      }),
    'bullion import-hil http://hil.example:5000 hil.json --password-file hil.secret',
    'bullion import hil.json bmcs.csv',
  );
}

function bmcSettings({ bmcUser, bmcPasswordFile, bmcSetting }: Options): Record<string, unknown> {
  return {
    ...(bmcUser === undefined ? {} : { username: bmcUser }),
    ...(bmcPasswordFile === undefined ? {} : { password: readSecret(bmcPasswordFile) }),
    ...settingsOf(bmcSetting),
  };
}

function report(outcomes: readonly Outcome[], dryRun: boolean): string {
  const rows = outcomes.flatMap(({ node, state, remarks }) =>
    (remarks.length > 0 ? remarks : [null]).map((remark, index) =>
      index === 0 ? [node, state, remark] : ['', '', remark],
    ),
  );
  const count = (state: Outcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const sum = `${count('ready')} ready, ${count('waiting')} waiting, ${count('refused')} refused.`;
  const what = dryRun ? `${sum} Nothing was changed.` : sum;
  return `${table(['node', 'state', 'remark'], rows)}\n\n${what}`;
}
