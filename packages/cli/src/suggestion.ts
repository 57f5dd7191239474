/** What a person may have meant. */
import { nearestNames } from "@postern/core/nearest";

/** `, did you mean \`status\`?`, to go behind what was wrong; empty where nothing is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearestNames(word.slice(0, 64), candidates);
  return near.length === 0 ? "" : `, did you mean ${near.map((name) => `\`${name}\``).join(", ")}?`;
}
