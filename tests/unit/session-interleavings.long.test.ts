import { describeRevocations } from '../support/session-orders.ts';

describeRevocations('four');
