import { DOCS, describeHelp, describeWrongInput, OPENAPI } from '../support/wrong-input.ts';

describeWrongInput(() => true);
describeHelp([DOCS, OPENAPI]);
