/** `bullion serve`: the services, on this machine or on the operator's machine of a virtual rack. */
import { isIP } from 'node:net';
import type { Policy } from '@bullion/provisioning';
import { BullionError } from '@bullion/service/errors';
import { Argument, type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { lasting } from '../durations.ts';
import { example } from '../example.ts';
import { PROVISIONING_NETWORK } from '../rack-registration.ts';
import { chosenRack } from '../racks.ts';
import { parseListen } from '../serve/listen.ts';
import type { ServeOptions } from '../serve/options.ts';
import { collect } from '../settings.ts';
import { dhcpOption } from './dhcp-check.ts';
import { requireUp } from './rack.ts';

type Options = {
  listen: string;
  rack?: string;
  bootInterface?: string;
  bootAddress?: string;
  bootNetwork: string;
  bootsAtOnce?: string;
  dhcp: 'own' | 'proxy';
  dhcp6?: true;
  allowOtherDhcp?: true;
  wipe: Policy;
  isolationUrl?: string;
  database?: string;
  importFrom?: string[];
  storage?: string;
  log?: string;
  marketSlot?: number;
  marketBatch: number;
  insideRack?: true;
};

export function addServe(program: Command, cli: Cli): void {
  example(
    program
      .command('serve')
      .description('run the services until Ctrl-C; what they began goes on at the next start')
      .addArgument(
        new Argument('[service...]', 'which of them; all by default').choices([
          'isolation',
          'provisioning',
          'market',
        ]),
      )
      .option('--listen <address:port>', 'where to answer; port 0 takes a free one', '127.0.0.1:7070')
      .option('--rack <rack>', "run on the operator's machine of a virtual rack")
      .option('--boot-interface <interface>', 'the interface that nodes boot over; without it none can boot')
      .option('--boot-address <address/prefix>', "this machine's address there, such as 10.10.0.1/24")
      .option('--boot-network <network>', 'its name in the isolation service', PROVISIONING_NETWORK)
      .option('--boots-at-once <n>', 'how many nodes may come up together; by what was measured by default')
      .addOption(dhcpOption())
      .option('--dhcp6', 'give IPv6 addresses too, for firmware that boots by HTTP over IPv6')
      .option('--allow-other-dhcp', 'serve although another DHCP server answers nodes too')
      .addOption(
        new Option(
          '--wipe <how>',
          'what becomes of the local disks of released nodes, unless their label "wipe" says otherwise',
        )
          .choices(['none', 'quick', 'full'])
          .default('quick'),
      )
      .option('--isolation-url <url>', 'of another isolation service; its token in BULLION_SERVICE_TOKEN')
      .option(
        '--database <url>',
        'a PostgreSQL database for the isolation service and the market; its password in PGPASSWORD (BULLION_DATABASE may hold all)',
      )
      .option(
        '--import-from <place>',
        'where images may be fetched from: public (default), a network, a host such as *.example.org; may be repeated',
        collect,
      )
      .option('--market-slot <duration>', 'of a new market: the unit of its leases (15m by default)', lasting)
      .addOption(
        new Option('--market-batch <duration>', 'how often the market clears')
          .argParser(lasting)
          .default(60_000, '1m'),
      )
      .option(
        '--storage <storage>',
        'where images and volumes are kept: folder:PATH, or ceph:POOL[?conf=FILE&id=USER]; by default in the home folder',
      )
      .option('--log <file>', 'where to log, - for standard error; by default in the home folder')
      .addOption(new Option('--inside-rack').hideHelp())
      .action(async (services: string[], options: Options) => {
        const chosen = services.length > 0 ? services : ['isolation', 'provisioning', 'market'];
        const { serve } = await import('../serve/serve.ts');
        await serve(cli, await serveOptions(cli, chosen, options));
      }),
    'bullion serve --rack demo',
    'bullion serve --boot-interface eth1 --boot-address 10.10.0.1/24',
    'bullion serve --boot-interface eth1 --boot-address 10.10.0.1/24 --storage ceph:bullion',
    'bullion serve --boot-interface eth1 --boot-address 10.10.0.1/24 --dhcp proxy',
    'bullion serve isolation --listen 0.0.0.0:7070',
    'bullion serve isolation --database postgres://bullion@db.example/bullion',
  );
}

async function serveOptions(cli: Cli, services: string[], options: Options): Promise<ServeOptions> {
  const common = {
    services: new Set(services) as ServeOptions['services'],
    listen: parseListen(options.listen),
    log: options.log,
    isolationUrl: options.isolationUrl,
    importFrom: options.importFrom,
    wipe: options.wipe,
    storage: await storageOf(options.storage),
    database: databaseOf(options.database, cli.io.env.BULLION_DATABASE),
    market: { slotMs: options.marketSlot, batchMs: options.marketBatch },
    insideRack: options.insideRack ?? false,
  };
  if (options.rack === undefined)
    return {
      ...common,
      rack: undefined,
      boot: bootLeg(options.bootInterface, options.bootAddress, options),
    };
  const rack = await chosenRack(cli, options.rack);
  requireUp(rack);
  const { interface: name, address } = rack.controller;
  const boot = bootLeg(options.bootInterface ?? name, options.bootAddress ?? address, options);
  // A virtual network is known: where the rack file has no other DHCP server, none is looked for.
  if (boot && options.bootInterface === undefined && rack.otherDhcp === undefined) boot.allowOtherDhcp = true;
  return { ...common, rack: rack.name, boot };
}

/** Told what is wrong with it before anything is opened. */
async function storageOf(storage: string | undefined): Promise<string | undefined> {
  if (storage === undefined) return undefined;
  const { parseStorage } = await import('@bullion/provisioning');
  parseStorage(storage);
  return storage;
}

/** A file in the home folder, where none is named. */
function databaseOf(option: string | undefined, variable: string | undefined): string | undefined {
  const url = option ?? variable;
  if (url === undefined) return undefined;
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new BullionError('invalid', 'database_invalid', 'The database is no PostgreSQL URL.', {
      hint: 'Write it as postgres://USER@HOST/DATABASE, or leave it out for a file in the home folder.',
    });
  }
  if (option !== undefined && new URL(option).password !== '') {
    throw new BullionError(
      'invalid',
      'database_password_shown',
      'Every user of this machine can read a password on a command line.',
      { hint: 'Leave it out of --database and put it in PGPASSWORD, or the whole URL in BULLION_DATABASE.' },
    );
  }
  return url;
}

function bootLeg(
  name: string | undefined,
  address: string | undefined,
  options: Options,
): ServeOptions['boot'] {
  if (name === undefined && address === undefined) return undefined;
  if (name === undefined || address === undefined) {
    throw new BullionError('invalid', 'boot_leg_unclear', 'Nodes boot over an interface with an address.', {
      hint: 'Give both --boot-interface and --boot-address, such as eth1 and 10.10.0.1/24.',
    });
  }
  const [ip, prefix, ...more] = address.split('/');
  const bits = Number(prefix);
  if (more.length === 0 && isIP(ip!) === 4 && Number.isInteger(bits) && bits >= 8 && bits <= 30)
    return {
      network: options.bootNetwork,
      interface: name,
      address: ip!,
      prefix: bits,
      bootsAtOnce: bootsAtOnce(options.bootsAtOnce),
      dhcp: options.dhcp,
      dhcp6: dhcp6(options),
      allowOtherDhcp: options.allowOtherDhcp ?? false,
    };
  throw new BullionError(
    'invalid',
    'boot_address_invalid',
    `"${address}" is not an address with its prefix.`,
    {
      hint: 'Write it as 10.10.0.1/24.',
    },
  );
}

function dhcp6({ dhcp, dhcp6: wanted }: Options): boolean {
  if (!wanted || dhcp === 'own') return wanted ?? false;
  throw new BullionError('invalid', 'dhcp6_of_proxy', 'A proxy gives no addresses, of IPv6 neither.', {
    hint: 'Leave out --dhcp6, or let this service give the addresses.',
  });
}

function bootsAtOnce(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,3}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new BullionError('invalid', 'boots_at_once_invalid', `"${text}" is no number of nodes.`, {
    hint: 'Write it as --boots-at-once 64, or leave it out.',
  });
}
