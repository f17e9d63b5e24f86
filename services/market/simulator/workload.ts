/** What is simulated: owners with nodes, and the jobs that their users bring. Times are whole seconds from the start. */

export type Job = {
  id: number;
  /** Index of the owner whose user brought it. */
  owner: number;
  submit: number;
  run: number;
  /** What its user said it would take; never less than `run`. */
  estimate: number;
  nodes: number;
  /** Micro-credits per node-slot that its owner would pay at most. */
  value: bigint;
  /** Of one that was stopped: the seconds that it ran before; `run` and `estimate` are what is left. */
  done?: number;
};

/** `tier`: how much is attested of its nodes; `needs`: of those that it rents. Nothing unless they say so. */
export type Owner = { name: string; nodes: number; tier?: number; needs?: number };

export type Workload = {
  owners: readonly Owner[];
  /** By their submission. */
  jobs: readonly Job[];
  /** Jobs submitted before it fill the machines and are not measured. */
  measureFrom: number;
  /** What has not run by then is counted with the wait it had until then. */
  until: number;
};

/** The same jobs on so many times the hardware; an owner has one node at least. */
export const scaled = (workload: Workload, scale: number): Workload => ({
  ...workload,
  owners: workload.owners.map((owner) => ({ ...owner, nodes: Math.max(1, Math.round(owner.nodes * scale)) })),
});

/** All hardware in one place, with one queue: what pooling could give if nothing moved and nobody hid anything. */
export const pooled = (workload: Workload): Owner[] => [
  { name: 'all', nodes: workload.owners.reduce((sum, { nodes }) => sum + nodes, 0) },
];
