/** What a BMC's refusals mean (DSP0266 sections 7.5 and 8.7: an HTTP status, and messages that name what is wrong). Pure. */
import type { BullionError } from '@bullion/service/errors';
import { bmcFailed, bmcRefused, bmcWrongPassword, bmcWrongState, repeatable } from '../errors.ts';
import { bmcName, type RedfishSettings } from './settings.ts';

export type Answer = { status: number; body: unknown };

/** A server that is off, in the registries of DMTF and HPE. */
const OFF = /\.(ResourceInStandby|InvalidOperationForSystemState)$/;

/** `what` was tried: "power the server on". */
export function failure(settings: RedfishSettings, what: string, answer: Answer): BullionError {
  const name = bmcName(settings);
  const { status } = answer;
  const messages = messagesOf(answer.body);
  const said = messages.map(({ text }) => text).join(' ');
  const why = `${repeatable(said, settings.password) || 'it gave no reason'} (HTTP ${status})`;
  if (status === 401) return bmcWrongPassword(name, settings.username);
  if (status === 403) return bmcRefused(name, what, why);
  if (status >= 400 && status < 500 && messages.some(({ id }) => OFF.test(id)))
    return bmcWrongState(name, what);
  // It understood, and will not: a value or an action that it does not have.
  if (status === 400 || status === 405 || status === 501) return bmcRefused(name, what, why);
  return bmcFailed(name, what, why);
}

type Message = { id: string; text: string };

/** Each message of an error, or the error's own sentence where it has none. */
function messagesOf(body: unknown): Message[] {
  const error = field(body, 'error');
  const infos = field(error, '@Message.ExtendedInfo');
  const messages = Array.isArray(infos) ? infos.map(messageOf) : [];
  const told = messages.filter(({ id, text }) => id !== '' || text !== '');
  return told.length > 0 ? told : [{ id: text(field(error, 'code')), text: text(field(error, 'message')) }];
}

const messageOf = (info: unknown): Message => ({
  id: text(field(info, 'MessageId')),
  text: text(field(info, 'Message')),
});

/** A field of what may be anything. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
