/** What was kept of the traffic, for who asks: boot by boot, and summed. */
import type { TrafficPoint } from '@bullion/iscsi';
import { type Principal, projectsSeen } from '@bullion/service';
import type { Context } from '../context.ts';
import type { TrafficTable } from '../store/schema.ts';
import { type Figures, type Moment, noFigures, sum, summedCurves } from './figures.ts';

export type TrafficFilter = {
  node?: string | undefined;
  volume?: string | undefined;
  boot?: string | undefined;
  lease?: string | undefined;
};

/** More boots than that are not summed: the newest are. */
const MOST = 1000;

export async function reportTraffic({ db }: Context, principal: Principal, filter: TrafficFilter) {
  let query = db.selectFrom('traffic').selectAll();
  for (const column of ['node', 'volume', 'boot', 'lease'] as const) {
    const value = filter[column];
    if (value !== undefined) query = query.where(column, '=', value);
  }
  const seen = projectsSeen(principal);
  if (seen) query = query.where('project', 'in', seen);
  const rows = (await query.orderBy('boot', 'desc').limit(MOST).execute()).reverse();
  const boots = rows.map(view);
  const curves = boots.map((boot) => boot.points.map(momentAfter(boot.begunAt)));
  return {
    boots,
    total: boots.reduce((total, { figures }) => sum(total, figures), noFigures()),
    points: summedCurves(curves).map(({ at, ...bytes }) => ({ at: new Date(at).toISOString(), ...bytes })),
  };
}

const view = (row: TrafficTable) => ({
  boot: row.boot,
  node: row.node,
  project: row.project,
  volume: row.volume,
  image: row.image,
  lease: row.lease,
  begunAt: row.begun_at,
  updatedAt: row.updated_at,
  figures: JSON.parse(row.figures) as Figures,
  points: JSON.parse(row.points) as TrafficPoint[],
});

const momentAfter =
  (begunAt: string) =>
  ({ ms, readBytes, writtenBytes }: TrafficPoint): Moment => ({
    at: Date.parse(begunAt) + ms,
    readBytes,
    writtenBytes,
  });
