/** A link to another page of the console, which opens without loading anything. */
import type { PagePath } from "@postern/core/api/console";
import type { ComponentProps, MouseEvent } from "react";
import { goTo } from "../address.ts";

interface LinkProps extends ComponentProps<"a"> {
  readonly to: PagePath;
}

export function Link({ to, ...anchor }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // Other clicks mean a new tab or window.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return <a {...anchor} href={to} onClick={follow} />;
}
