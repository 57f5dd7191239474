/** A line to be typed in a terminal, and a button that copies it. */
import { Fragment, useState } from "react";

/** Lines are broken between words alone: half a flag is none. */
export function Command({ line, what = "the command" }: { readonly line: string; readonly what?: string }) {
  const [label, setLabel] = useState("Copy");
  const copy = async () => {
    await navigator.clipboard.writeText(line).then(
      () => setLabel("Copied"),
      () => setLabel("Can't copy"),
    );
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
        aria-label={`${label} ${what}`}
        onClick={() => void copy()}
        onBlur={() => setLabel("Copy")}
      >
        {label}
      </button>
    </span>
  );
}
