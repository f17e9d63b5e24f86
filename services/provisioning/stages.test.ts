import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { phasesOf, STAGES } from './stages.ts';

const at = (milliseconds: number) => new Date(1_800_000_000_000 + milliseconds).toISOString();

const NETBOOT = ['queue', 'control', 'firmware', 'dhcp', 'ipxe', 'kernel'];
/** By mode: the stages that it does not pass, and its phases. */
const MODES = {
  diskless: [/^(copied|restarted|disk-.*)$/, [...NETBOOT, 'userland']],
  ram: [/^(restarted|disk-.*)$/, [...NETBOOT, 'copy', 'userland']],
  copy: [/^$/, [...NETBOOT, 'copy', 'reboot', 'disk-firmware', 'disk-kernel', 'userland']],
} as const;

test('a whole timeline has every phase of its mode, and together they take the time from request to report', () => {
  const steps = fc.array(fc.nat(60_000), { minLength: STAGES.length, maxLength: STAGES.length });
  fc.assert(
    fc.property(steps, fc.constantFrom(...Object.values(MODES)), (steps, [without, expected]) => {
      let clock = 0;
      const passed = STAGES.filter((stage) => !without.test(stage));
      const timeline = passed.map((stage, index) => ({ stage, at: at((clock += steps[index]!)) }));
      const phases = phasesOf(timeline);
      assert.deepEqual(
        phases.map(({ phase }) => phase),
        expected,
      );
      const sum = phases.reduce((total, { milliseconds }) => total + milliseconds, 0);
      assert.equal(sum, clock - steps[0]!);
    }),
  );
});

test('a phase that is not over is not there', () => {
  const timeline = [
    { stage: 'requested', at: at(0) },
    { stage: 'power-on', at: at(300) },
    { stage: 'dhcp', at: at(2300) },
  ];
  assert.deepEqual(phasesOf(timeline), [
    { phase: 'control', milliseconds: 300 },
    { phase: 'firmware', milliseconds: 2000 },
  ]);
  assert.deepEqual(phasesOf([]), []);
});
