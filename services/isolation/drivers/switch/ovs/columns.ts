/**
 * How a PortConfig is written in the columns of an Open vSwitch port, and read from them (ovs-vswitchd.conf.db(5),
 * table Port, "VLAN Configuration"). Pure.
 *
 * The trap of this table: a port without a tag and without trunks carries every VLAN. "Nothing configured" is the
 * most open state, and there is no way to write an empty list of trunks. So a closed port is a trunk of the one VLAN
 * id that 802.1Q reserves, and protected: untagged frames are dropped, and frames tagged 4095, which no honest
 * sender makes, reach no other closed port either.
 */
import {
  CLOSED,
  isClosed,
  MAX_VLAN,
  MIN_VLAN,
  type PortConfig,
  type PortState,
  type UnknownState,
} from '../port.ts';
import { boolean, integers, type Row, set, strings } from './ovsdb/values.ts';

const RESERVED_VLAN = 4095;

/** Every column that decides which VLANs a port carries. They are always written all at once. */
export const VLAN_COLUMNS = ['vlan_mode', 'tag', 'trunks', 'cvlans', 'protected'] as const;

/** The values of VLAN_COLUMNS. */
export function toColumns(config: PortConfig): Row {
  const row = (mode: string, tag: number | null, trunks: readonly number[], isolated: boolean): Row => ({
    vlan_mode: mode,
    tag: set(tag === null ? [] : [tag]),
    trunks: set(trunks),
    cvlans: set([]),
    protected: isolated,
  });
  if (isClosed(config)) return row('trunk', null, [RESERVED_VLAN], true);
  if (config.tagged.length === 0) return row('access', config.native, [], config.isolated);
  if (config.native === null) return row('trunk', null, config.tagged, config.isolated);
  return row('native-untagged', config.native, config.tagged, config.isolated);
}

/** Throws TypeError when the row lacks a column. */
export function fromColumns(row: Row): PortState {
  const [tag] = integers(row, 'tag');
  const trunks = integers(row, 'trunks');
  const isolated = boolean(row, 'protected');
  // The column may be empty: then the tag decides (and vswitchd ignores the trunks of a port that has one).
  const mode = strings(row, 'vlan_mode')[0] ?? (tag === undefined ? 'trunk' : 'access');
  const vlans = trunks.filter((vlan) => vlan !== tag).sort((a, b) => a - b);

  if (mode === 'access') {
    if (tag === undefined) return foreign('it is an access port without a tag');
    return config(tag, [], isolated);
  }
  if (mode !== 'trunk' && mode !== 'native-untagged') return foreign(`its VLAN mode is ${mode}`);
  if (trunks.length === 0) return { unknown: 'it is a trunk of every VLAN', code: 'port_carries_all_vlans' };
  if (mode === 'native-untagged') {
    if (tag === undefined) return foreign('it is native-untagged without a tag');
    return config(tag, vlans, isolated);
  }
  if (trunks.length === 1 && trunks[0] === RESERVED_VLAN) {
    return isolated ? CLOSED : foreign('it is closed but not protected');
  }
  return config(
    null,
    trunks.sort((a, b) => a - b),
    isolated,
  );
}

function config(native: number | null, tagged: number[], isolated: boolean): PortState {
  const wrong = [...(native === null ? [] : [native]), ...tagged].find(
    (vlan) => vlan < MIN_VLAN || vlan > MAX_VLAN,
  );
  return wrong === undefined
    ? { native, tagged, isolated }
    : foreign(`it carries the reserved VLAN ${wrong}`);
}

const foreign = (why: string): UnknownState => ({ unknown: why, code: 'port_config_foreign' });
