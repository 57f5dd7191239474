/** A line to be typed in a terminal, and a button that copies it. */
import { Fragment, useState } from "react";

/** Lines are broken between words alone: half a flag is none. */
export function Command({ line, what = "the command" }: { readonly line: string; readonly what?: string }) {
  const [copied, setCopied] = useState(false);
  const word = copied ? "Copied" : "Copy";
  const copy = async () => {
    await navigator.clipboard.writeText(line);
    setCopied(true);
  };
  return (
    <span className="command">
      <code>
        {line.split(" ").map((word, index) => (
          // Words stay in their places.
          <Fragment key={index}>
            <span>{word}</span>{" "}
          </Fragment>
        ))}
      </code>
      <button
        type="button"
        className="quiet"
        aria-label={`${word} ${what}`}
        onClick={() => void copy()}
        onBlur={() => setCopied(false)}
      >
        {word}
      </button>
    </span>
  );
}
