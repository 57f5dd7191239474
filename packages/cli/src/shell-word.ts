/**
 * A text as one word of sh, bash, zsh and fish alike: in single quotes where it needs any, with quotes and backslashes
 * outside of them, as fish takes a backslash in quotes for an escape.
 */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll(/['\\]/g, (character) => `'\\${character}'`)}'`;
}
