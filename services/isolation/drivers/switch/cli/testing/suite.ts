/** What the drivers of both makes promise beside the contract, each against its own fake. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { switchContract } from '../../contract.ts';
import type { SwitchDriver, SwitchSession } from '../../driver.ts';
import { CLOSED, isUnknown, type PortConfig } from '../../port.ts';
import { FakeCli } from './fake-cli.ts';
import { type Answered, type Asked, HttpsServer, selfSigned, skip } from './https-server.ts';

export type Make = {
  readonly driver: SwitchDriver;
  readonly ports: readonly [string, string, string, string];
  readonly absent: string;
  /** The make's wire protocol, in front of a command line. */
  answer(cli: FakeCli, asked: Asked): Answered;
};

export type Lab = { cli: FakeCli; server: HttpsServer; session: SwitchSession };

const native = (vlan: number): PortConfig => ({ native: vlan, tagged: [], isolated: false });

/** `more` adds tests of the make's own; it is called with a function that gives the running lab. */
export function cliSuite({ driver, ports, absent, answer }: Make, more: (lab: () => Lab) => void): void {
  // No wires: a fake carries no frames.
  switchContract(
    driver.type,
    async () => {
      const cli = new FakeCli(ports);
      const server = await HttpsServer.start((asked) => answer(cli, asked));
      return {
        driver,
        settings: server.settings,
        ports,
        absent,
        nowhere: { ...server.settings, port: 1 },
        [Symbol.asyncDispose]: () => server.stop(),
      };
    },
    skip,
  );

  describe(`the wire of ${driver.type}`, { skip, concurrency: 1 }, () => {
    const { signal } = new AbortController();
    let lab: Lab;
    const connect = (changes: object = {}, timeoutMs = 5000) =>
      driver.connect({ ...lab.server.settings, ...changes }, { signal, timeoutMs });

    before(async () => {
      const cli = new FakeCli(ports);
      const server = await HttpsServer.start((asked) => answer(cli, asked));
      lab = { cli, server, session: await driver.connect(server.settings, { signal }) };
    });
    after(async () => {
      await lab?.session.close();
      await lab?.server.stop();
    });

    it('every port of an apply is in one request, and its VLANs are made first', async () => {
      lab.cli.log.length = 0;
      const trunk = { native: null, tagged: [20, 21, 22, 30], isolated: false };
      await lab.session.apply(
        new Map([
          [ports[0], trunk],
          [ports[1], native(10)],
          [ports[2], CLOSED],
        ]),
      );
      assert.deepEqual(lab.cli.log, [
        'vlan 10,20-22,30',
        'exit',
        `interface ${ports[0]}`,
        'switchport trunk allowed vlan 20-22,30',
        'switchport trunk native vlan 3999',
        'switchport mode trunk',
        'exit',
        `interface ${ports[1]}`,
        'switchport access vlan 10',
        'switchport mode access',
        'exit',
        `interface ${ports[2]}`,
        'switchport trunk allowed vlan none',
        'switchport trunk native vlan 3999',
        'switchport mode trunk',
        'exit',
      ]);
    });

    it('a trunk of every VLAN and a mode that we do not use are told as they are', async () => {
      const port = lab.cli.ports.get(ports[3])!;
      port.mode = 'trunk';
      port.allowed = Array.from({ length: 4094 }, (_, index) => index + 1);
      const open = (await lab.session.read([ports[3]])).get(ports[3])!;
      assert.ok(isUnknown(open) && open.code === 'port_carries_all_vlans');
      port.mode = 'dot1q-tunnel';
      const foreign = (await lab.session.read([ports[3]])).get(ports[3])!;
      assert.ok(isUnknown(foreign) && foreign.code === 'port_config_foreign');
      port.mode = 'access';
    });

    it('a routed port is left alone, and said to be, without hurting the others', async () => {
      lab.cli.ports.get(ports[3])!.routed = true;
      const failures = await lab.session.apply(
        new Map([
          [ports[3], native(10)],
          [ports[0], native(11)],
        ]),
      );
      assert.deepEqual([...failures.keys()], [ports[3]]);
      assert.equal(failures.get(ports[3])!.code, 'switch_failed');
      assert.deepEqual((await lab.session.read([ports[0]])).get(ports[0]), native(11));
      lab.cli.ports.get(ports[3])!.routed = false;
    });

    it('the VLAN that is kept unused is given to no port', async () => {
      for (const config of [native(3999), { native: null, tagged: [3999], isolated: false }]) {
        const failures = await lab.session.apply(new Map([[ports[0], config]]));
        assert.equal(failures.get(ports[0])!.code, 'port_config_invalid');
      }
    });

    it('what was saved is the running configuration', async () => {
      await lab.session.apply(new Map([[ports[0], native(77)]]));
      await lab.session.save!();
      assert.equal(lab.cli.saved, JSON.stringify([...lab.cli.ports]));
    });

    it('a wrong password is a refused login', async () => {
      await assert.rejects(connect({ password: 'wrong' }), { code: 'switch_login_refused' });
    });

    it('another certificate ends it before the password is sent', async () => {
      const asked = lab.server.strangers;
      const { cert } = await selfSigned();
      const stranger = { certificate: cert, password: 'never sent' };
      await assert.rejects(connect(stranger), { code: 'switch_identity_changed' });
      const { certificate: _, ...unpinned } = lab.server.settings;
      const connecting = driver.connect({ ...unpinned, password: 'never sent' }, { signal });
      await assert.rejects(connecting, { code: 'switch_identity_changed' });
      assert.equal(lab.server.strangers, asked);
    });

    it('a switch that hangs is unreachable within the time-out, and its session is spent', async () => {
      const impatient = await connect({}, 300);
      lab.server.hang = true;
      const started = performance.now();
      await assert.rejects(impatient.read([ports[0]]), { code: 'switch_unreachable' });
      lab.server.hang = false;
      assert.ok(performance.now() - started < 1500);
      await assert.rejects(impatient.read([ports[0]]), { code: 'switch_unreachable' });
      await impatient.close();
    });

    it('what answers but does not speak the protocol has failed', async () => {
      const server = await HttpsServer.start(() => ({ status: 404, body: '<html>no such page</html>' }));
      const connecting = driver.connect(server.settings, { signal });
      await assert.rejects(connecting, { code: 'switch_failed' });
      await server.stop();
    });

    it('port names that hold a command are not names', () => {
      for (const name of [`${ports[0]}\nno vlan 10`, `${ports[0]} | reload`, '', 'Ethernet', 'Vlan10']) {
        assert.ok(!driver.portNameSchema.safeParse(name).success, name);
      }
    });

    more(() => lab);
  });
}
