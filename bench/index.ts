import { bench as loaddata } from './loaddata.ts';
import { bench as login } from './login.ts';
import { bench as posts } from './posts.ts';
import { type Report, table } from './report.ts';
import { bench as roundTrips } from './round-trips.ts';
import { bench as tokens } from './tokens.ts';

// The SDK warns on Node 20, which is supported here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Ratios of one run, each with the limit it is held to; absolute times mean nothing on another machine. */
const reports: Report[] = [];
for (const bench of [tokens, login, posts, roundTrips, loaddata]) reports.push(...(await bench()));
process.stdout.write(table(reports));
process.exitCode = reports.some(({ value, limit }) => value > limit) ? 1 : 0;
