import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as nodeRs from '@node-rs/argon2';
import argon2 from 'argon2';
import bcrypt from 'bcryptjs';
import type { Table } from '../lib/dynamodb/client.ts';
import { UserRepository } from '../lib/dynamodb/users.ts';
import { Passwords } from '../lib/passwords/passwords.ts';
import { createService, RULES } from '../tests/support/service.ts';
import { createTestTable } from '../tests/support/table.ts';
import { userOf } from '../tests/support/users.ts';
import { startChild } from './child.ts';
import { interleaved, medianOf, ratiosOf, type Times } from './measure.ts';
import { type Excuse, type Measurement, ratio } from './results.ts';

const LIMIT = 1.15;
const EXCUSE: Excuse = {
  upTo: 2,
  because:
    'an attempt is counted before its hash and forgotten after it (docs/decisions/009), three rounds of eight calls in ' +
    'all. The SDK computes some 0.4 ms for each, the embedded DynamoDB as much and 3 ms to write a user of twenty ' +
    'sessions: as long as half a hash of 20 ms. The next line is the same login against the same calls, bare.',
};
const PASSWORD = 'Plus-Ultra-2019';

/** A login in process, from event to answer over a DynamoDB in another process, against its one hash alone. */
export async function bench(): Promise<Measurement[]> {
  const engine = await startChild('./engine-process.ts');
  const table = await createTestTable(engine.address);
  try {
    return await benchOn(table);
  } finally {
    await table.remove();
    await engine.stop();
  }
}

async function benchOn(table: Table): Promise<Measurement[]> {
  const hash = await new Passwords().hash(PASSWORD);
  const weaker = await bcrypt.hash(PASSWORD, 10);
  await new UserRepository(table).create(userOf({ username: 'deku', password: hash }));
  const service = createService(table);
  const logIn = async () => {
    const { status } = await service.post('obtain', { username: 'deku', password: PASSWORD });
    if (status !== 200) throw new Error(`a login is answered ${status}`);
  };
  // As many sessions as a user can have, so that each round finds the same item.
  for (let count = 0; count < RULES.sessionsPerUser; count += 1) await logIn();
  await copyUser(table);
  const verify = () => argon2.verify(hash, PASSWORD);
  const { ours, hashing, calls, nodeRsVerify, bcryptjs } = await interleaved(
    {
      ours: logIn,
      hashing: verify,
      calls: () => bareCalls(table, verify),
      nodeRsVerify: () => nodeRs.verify(hash, PASSWORD),
      bcryptjs: () => bcrypt.compare(PASSWORD, weaker),
    },
    { rounds: 100 },
  );
  const against = (times: Times, what = 'argon2.verify', base = hashing) =>
    `${milliseconds(times)} against ${milliseconds(base)} of ${what}`;
  return [
    ratio('obtain', ratiosOf(ours, hashing), { limit: LIMIT, excuse: EXCUSE, detail: against(ours) }),
    ratio('… its bare calls apart', ratiosOf(ours, calls), {
      detail: against(ours, 'argon2.verify and the same eight calls, bare', calls),
    }),
    ratio('its hash by @node-rs/argon2', ratiosOf(nodeRsVerify, hashing), {
      detail: against(nodeRsVerify),
    }),
    ratio('a weaker hash, bcryptjs of ten rounds', ratiosOf(bcryptjs, hashing), {
      detail: against(bcryptjs),
    }),
  ];
}

const USER = 'USER#deku';
const COPY = 'a copy';

/** Stores the user once more, to be written by bare calls. */
async function copyUser({ client, name }: Table): Promise<void> {
  const { Item } = await client.send(new GetCommand({ TableName: name, Key: { pk: USER } }));
  await client.send(new PutCommand({ TableName: name, Item: { ...Item, pk: COPY } }));
}

/** The calls of a login in the same rounds: counted and read, stored and forgotten. */
async function bareCalls({ client, name }: Table, verify: () => Promise<unknown>): Promise<void> {
  const write = (pk: string) =>
    client.send(
      new UpdateCommand({
        TableName: name,
        Key: { pk },
        UpdateExpression: 'ADD times :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
  const read = new GetCommand({ TableName: name, Key: { pk: USER }, ConsistentRead: true });
  await write('a');
  await Promise.all([write('b'), write('c'), client.send(read)]);
  await verify();
  await Promise.all([write(COPY), write('a'), write('b'), write('c')]);
}

const milliseconds = (times: Times) => `${medianOf(times).toFixed(1)} ms`;
