/** Operational text keys (RFC 7143 section 13): one row a key, which says how its value comes about. */

/** What both sides agreed on. Lengths are in bytes, times in seconds. */
export type SessionParameters = {
  headerDigest: boolean;
  dataDigest: boolean;
  initialR2T: boolean;
  immediateData: boolean;
  /** The longest data segment that the initiator takes: it limits our Data-In. */
  initiatorMaxRecv: number;
  maxBurstLength: number;
  firstBurstLength: number;
  maxOutstandingR2T: number;
  defaultTime2Wait: number;
  defaultTime2Retain: number;
};

/** The defaults of section 13, which hold for keys that are never named. */
export const DEFAULT_PARAMETERS: Readonly<SessionParameters> = {
  headerDigest: false,
  dataDigest: false,
  initialR2T: true,
  immediateData: true,
  initiatorMaxRecv: 8192,
  maxBurstLength: 262144,
  firstBurstLength: 65536,
  maxOutstandingR2T: 1,
  defaultTime2Wait: 2,
  defaultTime2Retain: 20,
};

/** The longest data segment that we take, once the login is over; 8192 until then. */
export const TARGET_MAX_RECV = 262144;
export const LOGIN_MAX_RECV = 8192;

const MAX_24 = 0xffffff;

type Rule = {
  /** Has no meaning in a discovery session, where its answer is "Irrelevant". */
  normalOnly?: true;
} & (
  | { kind: 'list'; supported: readonly string[]; set?: (p: SessionParameters, value: string) => void }
  | {
      kind: 'boolean';
      combine: 'and' | 'or';
      ours: boolean;
      set?: (p: SessionParameters, value: boolean) => void;
    }
  | {
      kind: 'number';
      combine: 'min' | 'max';
      ours: number;
      low: number;
      high: number;
      set?: (p: SessionParameters, value: number) => void;
    }
  /** The initiator states it for itself; no answer. */
  | { kind: 'declared'; low: number; high: number; set: (p: SessionParameters, value: number) => void }
  | { kind: 'constant'; answer: string }
);

const RULES: Readonly<Record<string, Rule>> = {
  // 13.1: the initiator's order of preference decides.
  HeaderDigest: {
    kind: 'list',
    supported: ['CRC32C', 'None'],
    set: (p, v) => {
      p.headerDigest = v === 'CRC32C';
    },
  },
  DataDigest: {
    kind: 'list',
    supported: ['CRC32C', 'None'],
    set: (p, v) => {
      p.dataDigest = v === 'CRC32C';
    },
  },
  // 13.2: one connection a session.
  MaxConnections: { kind: 'number', normalOnly: true, combine: 'min', ours: 1, low: 1, high: 65535 },
  // 13.10: we can take unsolicited data, which saves a write a round trip.
  InitialR2T: {
    kind: 'boolean',
    normalOnly: true,
    combine: 'or',
    ours: false,
    set: (p, v) => {
      p.initialR2T = v;
    },
  },
  // 13.11
  ImmediateData: {
    kind: 'boolean',
    normalOnly: true,
    combine: 'and',
    ours: true,
    set: (p, v) => {
      p.immediateData = v;
    },
  },
  // 13.12
  MaxRecvDataSegmentLength: {
    kind: 'declared',
    low: 512,
    high: MAX_24,
    set: (p, v) => {
      p.initiatorMaxRecv = v;
    },
  },
  // 13.13: bounds what one R2T asks for.
  MaxBurstLength: {
    kind: 'number',
    normalOnly: true,
    combine: 'min',
    ours: 1048576,
    low: 512,
    high: MAX_24,
    set: (p, v) => {
      p.maxBurstLength = v;
    },
  },
  // 13.14: what a command may bring unasked; it bounds the memory that a session can take.
  FirstBurstLength: {
    kind: 'number',
    normalOnly: true,
    combine: 'min',
    ours: 262144,
    low: 512,
    high: MAX_24,
    set: (p, v) => {
      p.firstBurstLength = v;
    },
  },
  // 13.15, 13.16: a dead session is not kept; at error recovery level 0 it could not be continued anyway.
  DefaultTime2Wait: {
    kind: 'number',
    combine: 'max',
    ours: 0,
    low: 0,
    high: 3600,
    set: (p, v) => {
      p.defaultTime2Wait = v;
    },
  },
  DefaultTime2Retain: {
    kind: 'number',
    combine: 'min',
    ours: 0,
    low: 0,
    high: 3600,
    set: (p, v) => {
      p.defaultTime2Retain = v;
    },
  },
  // 13.17
  MaxOutstandingR2T: {
    kind: 'number',
    normalOnly: true,
    combine: 'min',
    ours: 1,
    low: 1,
    high: 65535,
    set: (p, v) => {
      p.maxOutstandingR2T = v;
    },
  },
  // 13.18, 13.19
  DataPDUInOrder: { kind: 'boolean', normalOnly: true, combine: 'or', ours: true },
  DataSequenceInOrder: { kind: 'boolean', normalOnly: true, combine: 'or', ours: true },
  // 13.20
  ErrorRecoveryLevel: { kind: 'number', combine: 'min', ours: 0, low: 0, high: 2 },
  // 13.23
  TaskReporting: { kind: 'list', normalOnly: true, supported: ['RFC3720'] },
  // RFC 7144 7.1.1
  iSCSIProtocolLevel: { kind: 'number', normalOnly: true, combine: 'min', ours: 1, low: 0, high: 31 },
  // 13.25: keys of RFC 3720 that are gone, but must not be "NotUnderstood".
  IFMarker: { kind: 'constant', answer: 'No' },
  OFMarker: { kind: 'constant', answer: 'No' },
  IFMarkInt: { kind: 'constant', answer: 'Reject' },
  OFMarkInt: { kind: 'constant', answer: 'Reject' },
};

/** Keys that state something and get no answer; the login reads the ones it needs by itself. */
const DECLARATIONS = new Set([
  'InitiatorName',
  'InitiatorAlias',
  'TargetName',
  'TargetAlias',
  'TargetAddress',
  'TargetPortalGroupTag',
  'SessionType',
]);

/** Sections 6.2.1 and 6.2.2: an answer that is not a value. */
const REJECT = 'Reject';
const IRRELEVANT = 'Irrelevant';
const NOT_UNDERSTOOD = 'NotUnderstood';

/**
 * The answer to one key, with its effect on `p`; undefined when none is due. A value that breaks the key's rule is
 * answered "Reject" and has no effect.
 */
export function negotiate(
  key: string,
  value: string,
  p: SessionParameters,
  session: 'Normal' | 'Discovery',
): string | undefined {
  if (DECLARATIONS.has(key)) return undefined;
  if (!Object.hasOwn(RULES, key)) return NOT_UNDERSTOOD;
  const rule = RULES[key]!;
  if (rule.normalOnly && session === 'Discovery') return IRRELEVANT;
  switch (rule.kind) {
    case 'constant':
      return rule.answer;
    case 'list': {
      const choice = value.split(',').find((offer) => rule.supported.includes(offer));
      if (choice === undefined) return REJECT;
      rule.set?.(p, choice);
      return choice;
    }
    case 'boolean': {
      if (value !== 'Yes' && value !== 'No') return REJECT;
      const theirs = value === 'Yes';
      const result = rule.combine === 'and' ? theirs && rule.ours : theirs || rule.ours;
      rule.set?.(p, result);
      return result ? 'Yes' : 'No';
    }
    case 'number': {
      const theirs = parseNumber(value, rule.low, rule.high);
      if (theirs === undefined) return REJECT;
      const result = rule.combine === 'min' ? Math.min(theirs, rule.ours) : Math.max(theirs, rule.ours);
      rule.set?.(p, result);
      return String(result);
    }
    case 'declared': {
      const theirs = parseNumber(value, rule.low, rule.high);
      if (theirs === undefined) return REJECT;
      rule.set(p, theirs);
      return undefined;
    }
  }
}

/** Section 6.1: decimal, or hexadecimal behind 0x. */
function parseNumber(text: string, low: number, high: number): number | undefined {
  if (!/^(\d{1,10}|0[xX][0-9a-fA-F]{1,8})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}
