import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DhcpHost } from './hosts.ts';
import { leasesOf } from './leases.ts';

const host = (number: number, address: string): DhcpHost => ({
  mac: `52:54:00:00:00:0${number}`,
  address,
  hostname: `n${number}`,
  tag: `boot-${number}`,
  scriptUrl: '',
});

/** As dnsmasq 2.90 writes it. */
const FILE = `1795254055 52:54:00:00:00:01 10.66.0.2 n1 01:52:54:00:00:00:01
1795254056 52:54:00:00:00:02 10.66.0.3 * ff:00:00:00:02
duid 00:01:00:01:31:8b:6d:2f:52:54:00:00:00:09
1795254057 7 fd00::2 * 00:01
`;

test('a lease stays with the node that has the address now', () => {
  assert.equal(
    leasesOf([host(1, '10.66.0.2'), host(2, '10.66.0.3')], FILE),
    FILE.split('\n').slice(0, 2).join('\n').concat('\n'),
  );
});

test('a lease of an address that has passed to another node is forgotten', () => {
  assert.equal(leasesOf([host(3, '10.66.0.2'), host(2, '10.66.0.7')], FILE), '');
});

test('a damaged file holds no leases', () => {
  assert.equal(leasesOf([host(1, '10.66.0.2')], '\0\0 10.66.0.2\n\n 52:54:00:00:00:01'), '');
});
