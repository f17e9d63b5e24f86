import assert from 'node:assert/strict';
import test from 'node:test';
import { PACKAGES } from '@bullion/rack';
import { debianPackages, PACKAGE_LIST } from '../clients/cli/debian-packages.ts';
import { requirements } from '../node-image/requirements.ts';

/** Who says of himself what he needs. */
const OWNERS = { rack: PACKAGES, image: requirements } as const;

for (const [part, needs] of Object.entries(OWNERS) as ['rack' | 'image', typeof PACKAGES][]) {
  test(`the list holds exactly what the ${part} says it needs`, () => {
    const listed = debianPackages().filter((each) => each.parts.includes(part));
    const line = (each: { package: string; provides: string }) => `${each.package} ${each.provides}`;
    const own = new Set(needs.map(line));
    // util-linux and ipmitool serve others, too, which may know them by another program.
    const extra = listed.filter((each) => each.parts.length === 1 && !own.has(line(each)));
    const lacking = needs.filter((need) => !listed.some((each) => line(each) === line(need)));
    assert.deepEqual({ extra, lacking }, { extra: [], lacking: [] }, `put ${PACKAGE_LIST} right`);
  });
}

test('every line has a package, what shows it, known parts and a reason', () => {
  for (const each of debianPackages()) {
    assert.match(each.package, /^[a-z0-9][a-z0-9.+-]+$/);
    assert.match(each.provides, /^(\/\S+|[a-z0-9_.-]+)$/i);
    assert.ok(each.why.length > 5, each.package);
    for (const part of each.parts)
      assert.match(part, /^(isolation|provisioning|rack|image|demo|test|ceph|ceph-test)$/);
  }
});
