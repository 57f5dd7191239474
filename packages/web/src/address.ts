/** Where the person is: a page of the console, by the path in the address bar. */
import { type PagePath, pagePaths } from "@postern/core/api/console";
import { useSyncExternalStore } from "react";

export function usePage(): PagePath {
  return useSyncExternalStore(subscribe, currentPage);
}

function currentPage(): PagePath {
  return pagePaths.find((path) => path === location.pathname) ?? "/";
}

function subscribe(onChange: () => void): () => void {
  addEventListener("popstate", onChange);
  return () => removeEventListener("popstate", onChange);
}

export function goTo(path: PagePath): void {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The way back leads past where the person is now. */
export function replaceWith(path: PagePath): void {
  history.replaceState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The secret in an address's fragment. From here on neither the address bar nor the history has it. */
export function takeSecret(): string | undefined {
  const secret = location.hash.slice(1);
  if (secret === "") return undefined;
  history.replaceState(null, "", location.pathname);
  return secret;
}
