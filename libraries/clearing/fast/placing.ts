/** Where a bid goes on a calendar. */
import type { Entrant, Field } from './field.ts';
import { addWindowMinima, windowMinimum } from './windows.ts';

export type Placement = {
  group: number;
  start: number;
  level: number;
  /** Rows of asks, their caps (or -1), and nodes taken of each. */
  rows: readonly number[];
  caps: readonly number[];
  nodes: readonly number[];
};

let sums = new Int32Array(1024);

/** Zeroes for starts first to last. */
export function scratch(last: number): Int32Array {
  if (sums.length <= last) sums = new Int32Array(2 * last + 2);
  sums.fill(0, 0, last + 1);
  return sums;
}

/** The cheapest bottleneck, then the earliest start, then the first group; undefined where none is within the limit. */
export function place(field: Field, free: Int32Array, entrant: Entrant): Placement | undefined {
  const { first, last, reach } = entrant;
  if (last < first) return undefined;
  let level = entrant.limitLevel;
  let start = -1;
  let group = -1;
  for (const [index, { rows, caps }] of reach.groups.entries()) {
    const found = firstFit(field, free, entrant, rows, caps, level);
    if (found === undefined) continue;
    if (group >= 0 && found.level === level && found.start >= start) continue;
    ({ level, start } = found);
    group = index;
  }
  return group < 0 ? undefined : fill(field, free, entrant, group, start, level);
}

function firstFit(
  { levels, width }: Field,
  free: Int32Array,
  { first, last, slots, nodes }: Entrant,
  rows: Int32Array,
  caps: Int32Array,
  most: number,
): { level: number; start: number } | undefined {
  const found = scratch(last);
  for (let at = 0; at < rows.length; at++) {
    const level = levels[rows[at]!]!;
    if (level > most) return undefined;
    const cap = caps[at]!;
    addWindowMinima(found, 1, free, rows[at]! * width, cap < 0 ? -1 : cap * width, first, last, slots);
    if (at + 1 < rows.length && levels[rows[at + 1]!] === level) continue;
    for (let start = first; start <= last; start++) if (found[start]! >= nodes) return { level, start };
  }
  return undefined;
}

function fill(
  { width }: Field,
  free: Int32Array,
  { reach, nodes, slots }: Entrant,
  group: number,
  start: number,
  level: number,
): Placement {
  const { rows, caps } = reach.groups[group]!;
  const used = { rows: [] as number[], caps: [] as number[], nodes: [] as number[] };
  let missing = nodes;
  for (let at = 0; missing > 0; at++) {
    const [row, cap] = [rows[at]!, caps[at]!];
    const taken = Math.min(
      missing,
      windowMinimum(free, row * width, cap < 0 ? -1 : cap * width, start, slots),
    );
    if (taken === 0) continue;
    used.rows.push(row);
    used.caps.push(cap);
    used.nodes.push(taken);
    missing -= taken;
  }
  return { group, start, level, ...used };
}

/** Takes (sign -1) a placement's nodes out of a calendar, or gives them back (1). */
export function apply(
  width: number,
  free: Int32Array,
  { rows, caps, nodes, start }: Placement,
  slots: number,
  sign: 1 | -1,
): void {
  for (let part = 0; part < rows.length; part++) {
    const change = sign * nodes[part]!;
    add(free, rows[part]! * width + start, slots, change);
    if (caps[part]! >= 0) add(free, caps[part]! * width + start, slots, change);
  }
}

function add(free: Int32Array, from: number, slots: number, change: number): void {
  for (let at = from; at < from + slots; at++) free[at]! += change;
}

export const samePlacement = (a: Placement | undefined, b: Placement | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.group === b.group &&
    a.start === b.start &&
    a.rows.length === b.rows.length &&
    a.rows.every((row, part) => row === b.rows[part] && a.nodes[part] === b.nodes[part]));

/** The least that a bid's nodes cost on this calendar, in all; 0 where they cannot be had. */
export function leastCost(field: Field, free: Int32Array, entrant: Omit<Entrant, 'cost'>): bigint {
  const { first, last, slots, nodes, reach } = entrant;
  let least: bigint | undefined;
  for (const { rows, caps } of reach.groups) {
    const missing = new Int32Array(Math.max(0, last + 1)).fill(nodes);
    const costs = new Array<bigint>(missing.length).fill(0n);
    let open = Math.max(0, last - first + 1);
    for (let at = 0; at < rows.length && open > 0; at++) {
      const [row, cap] = [rows[at]! * field.width, caps[at]! < 0 ? -1 : caps[at]! * field.width];
      const found = scratch(last);
      addWindowMinima(found, 1, free, row, cap, first, last, slots);
      const price = field.prices[field.levels[rows[at]!]!]!;
      for (let start = first; start <= last; start++) {
        const taken = Math.min(found[start]!, missing[start]!);
        if (taken === 0) continue;
        missing[start]! -= taken;
        costs[start]! += price * BigInt(taken);
        if (missing[start]! > 0) continue;
        open--;
        if (least === undefined || costs[start]! < least) least = costs[start]!;
      }
    }
  }
  return (least ?? 0n) * BigInt(slots);
}
