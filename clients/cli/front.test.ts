import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { DataCentre } from './testing/data-centre.ts';

test('an upgrade of what has no stream is answered in words, and other upgrades are ignored', async (t) => {
  const dc = await DataCentre.open({ provisioning: true });
  t.after(() => dc.close());
  const answer = (path: string, upgrade: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(dc.url).port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      socket.on('close', () => resolve(text));
      const connection = upgrade === 'h2c' ? 'Upgrade, close' : 'Upgrade';
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\nupgrade: ${upgrade}\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
    });
  assert.match(await answer('/nowhere', 'websocket'), /^HTTP\/1.1 404 .*"route_not_found"/s);
  assert.match(await answer('/nothing/v1/x', 'websocket'), /^HTTP\/1.1 404 .*"route_not_found"/s);
  assert.match(await answer('/provisioning/v1/boots', 'websocket'), /^HTTP\/1.1 401 .*"token_invalid"/s);
  assert.match(await answer('/isolation/v1/nothing', 'websocket'), /^HTTP\/1.1 404 .*"route_not_found"/s);
  assert.match(await answer('/isolation/healthz', 'websocket'), /^HTTP\/1.1 200 .*"ok"/s);
  assert.match(await answer('/isolation/healthz', 'h2c'), /^HTTP\/1.1 200 .*"ok"/s);
});
