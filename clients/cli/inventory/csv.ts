/**
 * Our own table: a row a NIC, with a heading. What is said of a node is said in one of its rows, or the same in all.
 *
 *     node,firmware,bmc,bmc_address,bmc_user,bmc_password_file,nic,mac,switch,port
 *     n1,uefi,ipmi,10.0.1.1,admin,n1.secret,nic0,52:54:00:00:00:01,tor1,swp1
 *     n1,,,,,,nic1,52:54:00:00:00:02,tor1,swp2
 */
import { dirname, resolve } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { readSecret } from '../settings.ts';
import { type Inventory, type ListedNode, macOf, merge, nameOf, wrong } from './inventory.ts';

/** Columns that go into the settings of a BMC's driver, by the names that drivers know. */
const BMC = {
  bmc_address: 'address',
  bmc_port: 'port',
  bmc_user: 'username',
  bmc_password: 'password',
} as const;
const COLUMNS = [
  'node',
  'firmware',
  'bmc',
  ...Object.keys(BMC),
  'bmc_password_file',
  'nic',
  'mac',
  'switch',
  'port',
];
const HINT = `Columns are ${COLUMNS.join(', ')}, and bmc.KEY and meta.KEY for other settings and metadata.`;

type Row = { line: number; cells: Record<string, string> };

/** Reads the table in `text`; `file` is where it came from, and what password files are found beside. */
export function readCsv(file: string, text: string): Inventory {
  const rows = rowsOf(file, text);
  return merge([rows.map(({ line, cells }) => nodeOf(file, `${file} line ${line}`, cells))]);
}

function rowsOf(file: string, text: string): Row[] {
  try {
    const rows = parse(text, {
      bom: true,
      columns: (heading: string[]) => heading.map((name) => knownColumn(file, name)),
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    }) as unknown as { info: { lines: number }; record: Record<string, string> }[];
    return rows.map(({ info, record }) => ({
      line: info.lines,
      cells: Object.fromEntries(Object.entries(record).filter(([, value]) => value !== '')),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw wrong(`${file} line ${error.lines ?? 1}`, error.message, HINT);
  }
}

function knownColumn(file: string, name: string): string {
  if (COLUMNS.includes(name) || /^(bmc|meta)\.[A-Za-z][\w.-]*$/.test(name)) return name;
  throw wrong(`${file} line 1`, `There is no column "${name}".`, HINT);
}

function nodeOf(file: string, where: string, cells: Record<string, string>): ListedNode {
  const need = (column: string): string => {
    const value = cells[column];
    if (value !== undefined) return value;
    throw wrong(where, `The column "${column}" is empty.`, HINT);
  };
  const { firmware } = cells;
  if (firmware !== undefined && firmware !== 'bios' && firmware !== 'uefi') {
    throw wrong(where, `"${firmware}" is no firmware.`, 'Write bios or uefi.');
  }
  const bmc = bmcOf(file, cells);
  return {
    where,
    name: nameOf(where, 'node', need('node')),
    ...(firmware && { firmware }),
    ...(bmc && { bmc }),
    nics: cells.nic === undefined && cells.mac === undefined ? [] : [nicOf(where, cells, need)],
    metadata: prefixed(cells, 'meta.'),
  };
}

function bmcOf(file: string, cells: Record<string, string>): ListedNode['bmc'] {
  const settings: Record<string, unknown> = prefixed(cells, 'bmc.');
  for (const [column, setting] of Object.entries(BMC)) {
    const value = cells[column];
    if (value !== undefined) settings[setting] = setting === 'port' ? Number(value) : value;
  }
  if (cells.bmc_password_file !== undefined) {
    settings.password = readSecret(resolve(dirname(file), cells.bmc_password_file));
  }
  const driver = cells.bmc;
  if (driver === undefined && Object.keys(settings).length === 0) return undefined;
  return { ...(driver && { driver }), settings };
}

function nicOf(where: string, cells: Record<string, string>, need: (column: string) => string) {
  const nic = { name: nameOf(where, 'nic', need('nic')), mac: macOf(where, need('mac')) };
  if (cells.switch === undefined && cells.port === undefined) return nic;
  return { ...nic, cable: { switch: nameOf(where, 'switch', need('switch')), port: need('port') } };
}

const prefixed = (cells: Record<string, string>, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(cells)
      .filter(([column]) => column.startsWith(prefix))
      .map(([column, value]) => [column.slice(prefix.length), value]),
  );
