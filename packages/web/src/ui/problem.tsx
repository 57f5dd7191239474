/** What went wrong, in the server's words where it was the server that said so. */
import { isFault } from "@postern/core/fault";
import { printable } from "@postern/core/printable";

export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined) return null;
  const hint = isFault(error) ? error.data.hint : undefined;
  return (
    <div className="notice problem" role="alert">
      <p>{printable(error instanceof Error ? error.message : "something went wrong in this page")}</p>
      {hint !== undefined && <p className="hint">{printable(hint)}</p>}
    </div>
  );
}
