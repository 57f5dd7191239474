const maxLength = 128;

/**
 * A text from outside, fit for a message: control, format and direction characters escaped (they could rewrite a
 * terminal's line), length bounded.
 */
export function printable(text: string): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16) ?? ""}}`);
}
