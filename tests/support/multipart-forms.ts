/** The boundary of these forms, and their content type. */
const BOUNDARY = 'b0undary';
export const MULTIPART_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

const REQUIRED = ['This field is required.'];
const NOT_TEXT = ['Not a valid string.'];

/** The errors of the original; none for a form that it reads. */
type Errors = Readonly<Partial<Record<'username' | 'password', readonly string[]>>>;

export interface MultipartForm {
  readonly title: string;
  readonly body: string;
  readonly errors: Errors;
}

/**
 * Returns multipart forms that no parser of RFC 2046 has to accept, with what Django 3.2 reads from them.
 *
 * @param username the value of the field in each form
 * @param password the value of the field in each form
 */
export function multipartForms(username: string, password: string): readonly MultipartForm[] {
  const open = `--${BOUNDARY}\r\n`;
  const header = (name: string, more = '') => `Content-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const user = `${open}${header('username')}${username}\r\n`;
  const word = `${open}${header('password')}${password}`;
  const both = `${user}${word}`;
  const file = header('password', '; filename="a.txt"');
  const end = `\r\n--${BOUNDARY}--\r\n`;
  const missing = { username: REQUIRED, password: REQUIRED };
  const form = (title: string, body: string, errors: Errors = {}): MultipartForm => ({ title, body, errors });
  return [
    form('complete', `${both}${end}`),
    form('without a closing delimiter', both),
    form('that ends in the CRLF after the delimiter', `${both}\r\n--${BOUNDARY}\r\n`),
    form('whose last delimiter has no dashes', `${both}\r\n--${BOUNDARY}`),
    form('whose last delimiter has one dash', `${both}\r\n--${BOUNDARY}-`),
    form('whose last delimiter has no CRLF', `${both}\r\n--${BOUNDARY}--`),
    form('whose last delimiter ends in LF', `${both}\r\n--${BOUNDARY}--\n`),
    form('whose last delimiter follows LF', `${both}\n--${BOUNDARY}--\r\n`),
    form('whose last delimiter follows CR', `${both}\r--${BOUNDARY}--\r\n`),
    form('whose last delimiter is in the line of the value', `${both}--${BOUNDARY}--\r\n`),
    form('with a longer delimiter', `${both}\r\n--${BOUNDARY}more--\r\n`),
    form('with blanks after a delimiter', `${both.replaceAll(open, `--${BOUNDARY}  \r\n`)}${end}`),
    form('with LF after a delimiter', `${both.replaceAll(open, `--${BOUNDARY}\n`)}${end}`),
    form('without a line end after a delimiter', `${both.replaceAll(open, `--${BOUNDARY}`)}${end}`),
    form('with a preamble', `before\r\n${both}${end}`),
    form('with an epilogue', `${both}${end}after`),
    form('with a part in the preamble', `${header('username')}${username}\r\n${word}${end}`),
    form('with a part in the epilogue', `${user}--${BOUNDARY}--\r\n${header('password')}${password}`),
    form('cut in a header', `${user}${open}Content-Disposition: form-data; na`, { password: REQUIRED }),
    form('cut after the headers of a part', `${user}${open}${header('password')}`, {
      password: ['This field may not be blank.'],
    }),
    form('with an empty value in no line', `${user}${open}${header('password')}--${BOUNDARY}--`, {
      password: REQUIRED,
    }),
    form('with a folded header', `${both.replaceAll('; name', ';\r\n name')}${end}`, missing),
    form(
      'with headers of more than 1,024 bytes',
      `${user}${word.replace(open, `${open}X: ${'x'.repeat(1024)}\r\n`)}${end}`,
      { password: REQUIRED },
    ),
    form('with blanks before a header', `${both.replaceAll('Content-D', ' \t Content-D')}${end}`),
    form('with a blank before a colon', `${both.replaceAll('ition:', 'ition :')}${end}`, missing),
    form('with line ends of LF only', `${both}${end}`.replaceAll('\r\n', '\n'), missing),
    form('with a file', `${user}${open}${file}${password}${end}`, { password: NOT_TEXT }),
    form('with a file whose name is blank', `${user}${open}${file.replace('a.txt', ' ')}${password}${end}`, {
      password: ['This field may not be blank.'],
    }),
    form('with a file and no closing delimiter', `${user}${open}${file}${password}`, { password: REQUIRED }),
    form('with a file and a delimiter without CRLF', `${user}${open}${file}${password}\r\n--${BOUNDARY}`, {
      password: REQUIRED,
    }),
    form('that is a delimiter only', `--${BOUNDARY}--\r\n`, missing),
    form('without a delimiter', 'garbage', missing),
    form('that is one part without a delimiter', `${header('username')}${username}`, { password: REQUIRED }),
  ];
}
