/** Something that the person started: whether it still runs, and what went wrong with it. */
import { useCallback, useState } from "react";

export interface Action {
  readonly busy: boolean;
  readonly error: unknown;
  /** Never rejects. */
  readonly run: (act: () => Promise<void>) => Promise<void>;
}

interface State {
  readonly busy: boolean;
  readonly error?: unknown;
}

export function useAction(): Action {
  const [{ busy, error }, setState] = useState<State>({ busy: false });
  const run = useCallback(async (act: () => Promise<void>) => {
    setState({ busy: true });
    try {
      await act();
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, error });
    }
  }, []);
  return { busy, error, run };
}
