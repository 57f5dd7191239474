/** What a page shows, fetched when it opens. */
import { useEffect, useState } from "react";

export type Loaded<T> =
  | { readonly type: "loading" }
  | { readonly type: "loaded"; readonly value: T }
  | { readonly type: "failed"; readonly error: unknown };

/** Fetches again whenever `load` is another function. */
export function useLoad<T>(load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ type: "loading" });
  useEffect(() => {
    let isWanted = true;
    const settle = (result: Loaded<T>) => isWanted && setLoaded(result);
    load().then(
      (value) => settle({ type: "loaded", value }),
      (error: unknown) => settle({ type: "failed", error }),
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  return loaded;
}
