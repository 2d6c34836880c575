import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import argon2 from 'argon2';
import { UserRepository } from '../lib/dynamodb/users.ts';
import { Passwords } from '../lib/passwords/passwords.ts';
import { createService } from '../tests/support/service.ts';
import { createTestTable } from '../tests/support/table.ts';
import { userOf } from '../tests/support/users.ts';
import { interleaved } from './measure.ts';
import { type Report, ratio } from './report.ts';

const LIMIT = 1.15;

/** A login in process, from event to answer over the embedded DynamoDB, against its one hash alone. */
export async function bench(): Promise<Report[]> {
  const table = await createTestTable();
  try {
    const password = 'Plus-Ultra-2019';
    const hash = await new Passwords().hash(password);
    await new UserRepository(table).create(userOf({ username: 'deku', password: hash }));
    const service = createService(table);
    const read = new GetCommand({ TableName: table.name, Key: { pk: 'USER#deku' }, ConsistentRead: true });
    const write = (pk: string) =>
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: { pk },
          UpdateExpression: 'ADD times :one',
          ExpressionAttributeValues: { ':one': 1 },
        }),
      );
    const verify = () => argon2.verify(hash, password);
    const { ours, hashing, hashingAndCalls } = await interleaved(
      {
        ours: () => service.post('obtain', { username: 'deku', password }),
        hashing: verify,
        // The same calls in the same rounds: counted, read, written, forgotten.
        hashingAndCalls: async () => {
          await write('a');
          await Promise.all([write('b'), write('c')]);
          await table.client.send(read);
          await verify();
          await write('d');
          await Promise.all([write('a'), write('b'), write('c')]);
        },
      },
      { rounds: 150 },
    );
    return [
      ratio('obtain', LIMIT, ours, hashing, 'argon2.verify'),
      ratio(
        'obtain, its bare calls apart',
        LIMIT,
        ours,
        hashingAndCalls,
        'argon2.verify and eight bare calls',
      ),
    ];
  } finally {
    await table.remove();
  }
}
