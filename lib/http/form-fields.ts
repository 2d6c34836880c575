import { RequestError } from '../errors.ts';

/** Django's limit. @see https://docs.djangoproject.com/en/stable/ref/settings/#data-upload-max-number-fields */
export const MAX_FORM_FIELDS = 1000;

/** An uploaded file. No route accepts files, so the content is discarded. */
export class UploadedFile {
  /** Without its folder. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The fields of a form. If a name occurs more than once, the last value is used. */
export class FormFields {
  readonly values: ReadonlyMap<string, string | UploadedFile>;

  constructor(values: Iterable<readonly [string, string | UploadedFile]>) {
    this.values = new Map(values);
  }
}

export const tooManyFields = (): RequestError =>
  new RequestError('body_malformed', `The form has more than ${MAX_FORM_FIELDS} fields.`);
