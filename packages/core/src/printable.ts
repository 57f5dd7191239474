/**
 * Text from elsewhere made safe to show. In a terminal control characters (C0, C1, DEL) could move the cursor, set the
 * clipboard (OSC 52) or hide what was there; format characters (bidirectional marks and overrides, zero widths) could
 * make a name read as another. They are shown as escapes; line ends and tabs stay.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Line end and tab, and the joiners that scripts and emoji are written with. */
const harmless = new Set(["\n", "\t", "\u200c", "\u200d"]);

export function printable(text: string): string {
  return text.replace(unsafe, (character) => (harmless.has(character) ? character : escape(character)));
}

/** The same on one line, with line ends and tabs as escapes: nothing that was there is lost. */
export function printableLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** `\u009b`, two of them beyond the basic plane: as JSON writes them, so that JSON made printable is the same JSON. */
function escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
