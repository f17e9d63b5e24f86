/** What the main thread and a serving thread tell each other. Only orders and figures: data never crosses. */
import { IscsiError } from '../errors.ts';
import { codeOf, messageOf } from '../message.ts';
import type { Limits } from '../scheduling/gate.ts';
import type { TargetStats } from '../session-info.ts';
import type { TargetOptions } from '../target.ts';

/** A target over a file, which the thread that serves it opens by itself. */
export type FileTarget = { file: string } & Pick<
  TargetOptions,
  | 'name'
  | 'initiators'
  | 'addresses'
  | 'chap'
  | 'readOnly'
  | 'removable'
  | 'physicalBlock'
  | 'limits'
  | 'tags'
>;

/** The orders, each with what it takes and gives. */
export type Orders = {
  add: (target: FileTarget) => void;
  remove: (name: string, graceMs: number) => void;
  limit: (name: string, limits: Limits) => void;
  accounting: () => TargetStats[];
  close: () => void;
};

export type Order = keyof Orders;

export type ThreadOptions = { hosts: readonly string[]; port: number };

export type ToThread = { id: number; order: Order; values: unknown[] };

export type Failure = { code: string; message: string; hint: string | undefined };

type ServerEvents = 'login' | 'login_refused' | 'logout';

export type FromThread =
  | { kind: 'ready'; port: number }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'answer'; id: number; value: unknown; failure: Failure | undefined }
  | { kind: 'event'; name: ServerEvents; info: unknown };

export const failureOf = (error: unknown): Failure => ({
  code: codeOf(error) || 'internal',
  message: messageOf(error),
  hint: error instanceof IscsiError ? error.hint : undefined,
});

export const errorOf = ({ code, message, hint }: Failure): IscsiError =>
  new IscsiError(code, message, hint === undefined ? {} : { hint });
