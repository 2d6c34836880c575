import { jwtVerify } from 'jose';
import { newSid } from '../lib/sessions/session-id.ts';
import { KeySet } from '../lib/tokens/key-set.ts';
import { Tokens } from '../lib/tokens/tokens.ts';
import { interleaved } from './measure.ts';
import { type Report, ratio } from './report.ts';

const LIMIT = 1.25;
const DAY_S = 86_400;

/** Checking a token, with form and claims, against what jose alone takes for it. */
export async function bench(): Promise<Report[]> {
  const secret = new TextEncoder().encode('a secret for measuring, thirty-two bytes or more');
  const keys = new KeySet({ algorithm: 'HS256', secret });
  const tokens = new Tokens({
    keys,
    lifetimeSeconds: 7 * DAY_S,
    refreshSeconds: 28 * DAY_S,
    allowRefresh: true,
    refreshAfterExpiry: false,
    leewaySeconds: 0,
  });
  const now = Math.floor(Date.now() / 1000);
  const token = await tokens.issue(
    { id: 1, username: 'deku', email: 'deku@example.com' },
    { sid: newSid(), generation: 0, expiresAt: now + 7 * DAY_S, originallyIssuedAt: now },
  );
  const { ours, bare } = await interleaved(
    { ours: () => tokens.verify(token), bare: () => jwtVerify(token, secret, { algorithms: ['HS256'] }) },
    { rounds: 200, perRound: 50 },
  );
  return [ratio('checking a token', LIMIT, ours, bare, 'jose.jwtVerify')];
}
