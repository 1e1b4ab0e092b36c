/** The program of an asset thread, beside bake in dist; pool.ts starts it. */
import { serveJobs } from '../util/thread-jobs.ts';
import { type AssetJob as Job, type LaneSettings, openLane, type Outcome } from './lane.ts';

serveJobs<LaneSettings, Job, Outcome, number>((settings, { report, signal }) =>
  Promise.resolve(openLane(settings, { bytes: report, signal })),
);
