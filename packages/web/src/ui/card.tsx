/** A page that is one thing to do, in the middle of the window. */
import type { PropsWithChildren } from "react";
import { Logo } from "./logo.tsx";

export function Card({ title, children }: PropsWithChildren<{ readonly title: string }>) {
  return (
    <main className="card">
      <title>{`${title} · Postern`}</title>
      <Logo />
      <h1>{title}</h1>
      {children}
    </main>
  );
}
