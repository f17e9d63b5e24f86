/** What the drivers over HTTPS promise beside the contract, each against its own fake. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Cabled, switchContract } from '../../contract.ts';
import type { SwitchDriver, SwitchSession } from '../../driver.ts';
import { CLOSED, type PortConfig } from '../../port.ts';
import { type Answered, type Asked, HttpsServer, selfSigned, skip } from './server.ts';

/** The inside of a fake switch. */
export type FakeDevice = {
  cabled(heard: Cabled): void;
  /** What it carries, for comparing. */
  running(): string;
  /** What it would start with. */
  readonly saved: string | undefined;
};

export type Make<Device extends FakeDevice> = {
  readonly driver: SwitchDriver;
  readonly ports: readonly [string, string, string, string];
  readonly absent: string;
  /** Settings beside those of the connection. */
  readonly settings?: object;
  /** A switch as out of the box. */
  create(ports: readonly string[]): Device;
  /** The make's wire protocol, in front of a device. */
  answer(device: Device, asked: Asked): Answered;
};

export type Lab<Device> = { device: Device; server: HttpsServer; session: SwitchSession; settings: object };

export const native = (vlan: number): PortConfig => ({ native: vlan, tagged: [], isolated: false });

/** `more` adds tests of the make's own; it is called with a function that gives the running lab. */
export function httpsSuite<Device extends FakeDevice>(
  make: Make<Device>,
  more: (lab: () => Lab<Device>) => void,
): void {
  const { driver, ports, absent } = make;
  const start = async () => {
    const device = make.create(ports);
    const server = await HttpsServer.start((asked) => make.answer(device, asked));
    return { device, server, settings: { ...server.settings, ...make.settings } };
  };

  // No wires: a fake carries no frames.
  switchContract(
    driver.type,
    async () => {
      const { device, server, settings } = await start();
      return {
        driver,
        settings,
        ports,
        absent,
        nowhere: { ...settings, port: 1 },
        cabled: (heard) => device.cabled(heard),
        [Symbol.asyncDispose]: () => server.stop(),
      };
    },
    skip,
  );

  describe(`the wire of ${driver.type}`, { skip, concurrency: 1 }, () => {
    const { signal } = new AbortController();
    let lab: Lab<Device>;
    const connect = (changes: object = {}, timeoutMs = 5000) =>
      driver.connect({ ...lab.settings, ...changes }, { signal, timeoutMs });

    before(async () => {
      const started = await start();
      lab = { ...started, session: await driver.connect(started.settings, { signal }) };
    });
    after(async () => {
      await lab?.session.close();
      await lab?.server.stop();
    });

    it('what was saved is the running configuration', async () => {
      await lab.session.apply(new Map([[ports[0], native(77)]]));
      await lab.session.save!();
      assert.equal(lab.device.saved, lab.device.running());
      await lab.session.apply(new Map([[ports[0], CLOSED]]));
      assert.notEqual(lab.device.saved, lab.device.running());
    });

    it('a wrong password is a refused login', async () => {
      await assert.rejects(connect({ password: 'wrong' }), { code: 'switch_login_refused' });
    });

    it('another certificate ends it before the password is sent', async () => {
      const asked = lab.server.strangers;
      const { cert } = await selfSigned();
      const stranger = { certificate: cert, password: 'never sent' };
      await assert.rejects(connect(stranger), { code: 'switch_identity_changed' });
      const unpinned = { certificate: undefined, password: 'never sent' };
      await assert.rejects(connect(unpinned), { code: 'switch_identity_changed' });
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
      for (const status of [404, 200]) {
        const server = await HttpsServer.start(() => ({ status, body: '<html>no such page</html>' }));
        const connecting = driver.connect({ ...server.settings, ...make.settings }, { signal });
        await assert.rejects(connecting, { code: 'switch_failed' });
        await server.stop();
      }
    });

    it('port names that hold a command are not names', () => {
      for (const name of [`${ports[0]}\nno vlan 10`, `${ports[0]} | reload`, '', 'Ethernet', 'Vlan10']) {
        assert.ok(!driver.portNameSchema.safeParse(name).success, name);
      }
    });

    more(() => lab);
  });
}
