/** The place in a statement that an error is about, as psql shows it. */
import { displayWidth } from "../output/width.ts";

/** What is shown of a long line, on either side of the place. */
const before = 40;
const after = 30;

/**
 * `LINE 2: select x` and below it a mark; nothing for a position that isn't in the text.
 * @param position in characters, from 1 (manual, "Error and Notice Message Fields", `P`)
 */
export function excerpt(text: string, position: number): string[] {
  const characters = Array.from(text);
  if (!(position >= 1 && position <= characters.length + 1)) return [];
  const head = characters
    .slice(0, position - 1)
    .join("")
    .split(/\r\n|\n|\r/);
  const tail =
    characters
      .slice(position - 1)
      .join("")
      .split(/\r|\n/, 1)[0] ?? "";
  const left = shorten(head.at(-1) ?? "");
  const right = tail.length > after ? `${tail.slice(0, after)}...` : tail;
  const title = `LINE ${head.length}: `;
  const line = `${title}${left}${right}`.replaceAll("\t", " ");
  return [line, `${" ".repeat(displayWidth((title + left).replaceAll("\t", " ")))}^`];
}

function shorten(left: string): string {
  return left.length > before ? `...${left.slice(-before)}` : left;
}
