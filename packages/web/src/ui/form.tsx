/** A form whose fields go to `onSubmit`; the browser itself sends nothing anywhere. */
import type { PropsWithChildren } from "react";
import { Problem } from "./problem.tsx";
import type { Action } from "./use-action.ts";

interface FormProps extends PropsWithChildren {
  readonly action: Action;
  readonly onSubmit: (fields: FormData) => Promise<void>;
  /** What the button says. */
  readonly submit: string;
}

export function Form({ action, onSubmit, submit, children }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        void action.run(() => onSubmit(fields));
      }}
    >
      {children}
      <Problem error={action.error} />
      <button type="submit" className="primary" disabled={action.busy}>
        {submit}
      </button>
    </form>
  );
}
