import { describeWrongInput } from '../support/wrong-input.ts';

describeWrongInput(() => true);
