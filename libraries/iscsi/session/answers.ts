/** The requests of a session that are no commands: pings, text, logout (RFC 7143 11.18, 11.10, 11.14). */
import { RESERVED_TAG } from '../pdu/bhs.ts';
import { LogoutReason, type LogoutRequest, LogoutResult, writeLogoutResponse } from '../pdu/logout.ts';
import { type NopOut, writeNopIn } from '../pdu/nop.ts';
import { type TextRequest, writeTextResponse } from '../pdu/text.ts';
import type { Session } from './session.ts';
import type { TextExchange } from './text-exchange.ts';

export function answerNop(session: Session, nop: NopOut, data: Uint8Array): void {
  if (nop.ttt !== RESERVED_TAG) session.liveness.answered();
  if (nop.itt === RESERVED_TAG) return;
  session.liveness.pinged();
  const echo = data.subarray(0, session.parameters.initiatorMaxRecv);
  const answer = { lun: nop.lun, itt: nop.itt, ttt: RESERVED_TAG, ...session.statusSequence() };
  session.connection.send((b, at) => writeNopIn(answer, echo.length, b, at), echo);
}

export function answerText(
  session: Session,
  exchange: TextExchange,
  request: TextRequest,
  data: Uint8Array,
): void {
  const { final, more, ttt, data: text } = exchange.receive(request, data);
  const header = { final, more, itt: request.itt, ttt, ...session.statusSequence() };
  session.connection.send((b, at) => writeTextResponse(header, text.length, b, at), text);
}

/** Ends the session when it is to end; its tasks come to rest first. */
export async function answerLogout(session: Session, request: LogoutRequest): Promise<void> {
  const result = logoutResult(session, request);
  if (result === LogoutResult.Closed) {
    void session.tasks.abortAll();
    await session.tasks.quiesced();
  }
  if (!session.isAlive) return;
  const answer = { result, itt: request.itt, time2Wait: 0, time2Retain: 0, ...session.statusSequence() };
  session.connection.send((b, at) => writeLogoutResponse(answer, b, at));
  if (result === LogoutResult.Closed) session.end('logout');
}

function logoutResult(session: Session, { reason, cid }: LogoutRequest): number {
  if (reason >= LogoutReason.RemoveForRecovery) return LogoutResult.RecoveryNotSupported;
  const unknownCid = reason === LogoutReason.CloseConnection && cid !== session.login.cid;
  return unknownCid ? LogoutResult.CidNotFound : LogoutResult.Closed;
}
