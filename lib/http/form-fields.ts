import { RequestError } from '../errors.ts';

/** As many as Django takes. @see https://docs.djangoproject.com/en/stable/ref/settings/#data-upload-max-number-fields */
export const MAX_FORM_FIELDS = 1000;

/** A file of a form; what is in it is not kept, since nothing here takes one. */
export class UploadedFile {}

/** The fields of a form, the last value of each. */
export class FormFields {
  readonly values: ReadonlyMap<string, string | UploadedFile>;
  /** Whether the form came to its end; where it did not, its last value may be cut. */
  readonly isComplete: boolean;

  constructor(values: Iterable<readonly [string, string | UploadedFile]>, isComplete = true) {
    this.values = new Map(values);
    this.isComplete = isComplete;
  }
}

export const tooManyFields = (): RequestError =>
  new RequestError('body_malformed', `The form has more than ${MAX_FORM_FIELDS} fields.`);
