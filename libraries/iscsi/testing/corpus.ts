/**
 * Inputs that once reached something no earlier one had reached, kept to be tried again. What counts as new is what the
 * server does for all to see: which PDU answers which command, with what status and sense, or reason.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BHS_LENGTH, Opcode } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import type { Attack, AttackLogin } from './attack.ts';
import type { TestInitiator } from './initiator.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

export type CorpusEntry = Attack & { name: string; reached: string[] };

/** What the attack brought about. Its connection is closed by this. */
export async function outcomesOf(
  initiator: TestInitiator,
  writes: readonly Uint8Array[],
): Promise<Set<string>> {
  const outcomes = new Set<string>([initiator.closed ? 'closed' : 'open']);
  const commands = new Map<number, number>();
  for (const bytes of writes) {
    if (bytes.length >= BHS_LENGTH && (bytes[0]! & 0x3f) === Opcode.ScsiCommand)
      commands.set(u32(bytes, 16), bytes[32]!);
  }
  initiator.destroy();
  for (let pdu = await initiator.receive(); pdu !== undefined; pdu = await initiator.receive()) {
    const { header, data } = pdu;
    const opcode = header[0]! & 0x3f;
    const parts = [hex(opcode), hex(header[2]!), hex(header[3]!)];
    if (opcode === Opcode.ScsiResponse || opcode === Opcode.DataIn || opcode === Opcode.ReadyToTransfer)
      parts.push(`cdb ${hex(commands.get(u32(header, 16)) ?? 0)}`);
    // Fixed format sense: key, then ASC and ASCQ.
    if (opcode === Opcode.ScsiResponse && data.length >= 16)
      parts.push(`sense ${hex(data[4]! & 0xf)} ${hex(data[14]!)} ${hex(data[15]!)}`);
    outcomes.add(parts.join(' '));
  }
  return outcomes;
}

const hex = (n: number): string => n.toString(16).padStart(2, '0');

type Stored = { login: AttackLogin | null; writes: string[]; reached: string[] };

export function readCorpus(): CorpusEntry[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const { login, writes, reached } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Stored;
      const bytes = writes.map((text) => Buffer.from(text, 'base64'));
      return { name, login: login ?? undefined, writes: bytes, reached };
    });
}

export function keep({ login, writes }: Attack, reached: string[]): void {
  const texts = writes.map((bytes) => Buffer.from(bytes).toString('base64'));
  const stored: Stored = { login: login ?? null, writes: texts, reached };
  const text = JSON.stringify(stored);
  const name = createHash('sha256').update(text).digest('hex').slice(0, 16);
  writeFileSync(join(FOLDER, `${name}.json`), `${text}\n`);
}
