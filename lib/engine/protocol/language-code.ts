/** Languages a peer may be written in; the position is the binary header's code. Source: Apache 5.3 LanguageCode. */
const languages = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
];

export const OTHER_LANGUAGE = 'OTHER';

/** An unknown code is no error: only one request of a broker looks at the language at all. */
export function languageOf(code: number): string {
  return languages[code] ?? OTHER_LANGUAGE;
}

export function codeOfLanguage(language: string): number {
  const code = languages.indexOf(language);
  return code < 0 ? languages.indexOf(OTHER_LANGUAGE) : code;
}
