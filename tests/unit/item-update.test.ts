import { describe, expect, it } from 'vitest';
import { ItemUpdate } from '../../lib/dynamodb/item-update.ts';

const conditionOf = (update: ItemUpdate) => update.input.ConditionExpression;

describe('ItemUpdate', () => {
  it('has no condition expression without conditions', () => {
    expect(new ItemUpdate().set(['a'], 1).input).not.toHaveProperty('ConditionExpression');
  });

  it('joins conditions with AND', () => {
    expect(conditionOf(new ItemUpdate().ifExists().ifEquals(['a', 'b'], 1))).toBe(
      'attribute_exists(#n0) AND #n1.#n2 = :v0',
    );
  });

  it('puts alternatives in parentheses if other conditions must hold, too', () => {
    expect(conditionOf(new ItemUpdate().if('x = :x', 'y = :y').if('z = :z'))).toBe(
      '(x = :x OR y = :y) AND z = :z',
    );
    expect(conditionOf(new ItemUpdate().if('x = :x', 'y = :y'))).toBe('x = :x OR y = :y');
  });
});
