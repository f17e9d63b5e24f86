/**
 * HIL's 60 calls in an order in which each can be done, from a rack that is empty but for the switch `sw`, projects `a`
 * and `b`, and their users: what a good call gives, who else asks and what they are told, and what is refused.
 */
import type { HilType } from '../errors.ts';
import { rackCalls } from './endpoints-rack.ts';
import { tenantCalls } from './endpoints-tenant.ts';
import { userCalls } from './endpoints-users.ts';
import type { Answer, HilWorld } from './hil.ts';

export type Who = 'root' | 'alice' | 'bob';
export type Refusal = [who: Who, asked: string, body: unknown, type: HilType];
export type Endpoint = {
  /** As HIL's documents write it. */
  call: string;
  /** A good one. A function where it depends on what was answered before. */
  asked: string | ((hil: HilWorld) => string);
  body?: Record<string, unknown> | ((hil: HilWorld) => Record<string, unknown>) | undefined;
  /** Left out: root, and everybody else is refused as no administrator. */
  as?: 'alice';
  /** What `bob`, who is in another project, is told; left out: as `alice` is. */
  stranger?: HilType;
  status?: number;
  /** Where the good call is one that must fail here. */
  type?: HilType;
  /** Its body; left out: none. */
  gives?: unknown | ((body: unknown, answer: Answer) => void);
  /** Names of arguments that may be left out. */
  optional?: string[];
  prepare?: (hil: HilWorld) => Promise<unknown>;
  before?: Refusal[];
  after?: Refusal[];
};

export const endpoints = (): Endpoint[] => [...rackCalls(), ...tenantCalls(), ...userCalls()];
