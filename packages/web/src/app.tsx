/** The console: the invite's page for anybody, the others for whoever is logged in. */
import type { PagePath } from "@postern/core/api/console";
import { useEffect } from "react";
import { replaceWith, usePage } from "./address.ts";
import { useSession } from "./login/session.ts";
import { ActivityPage } from "./page/activity.tsx";
import { DatabasesPage } from "./page/databases.tsx";
import { InvitePage } from "./page/invite.tsx";
import { LoginPage } from "./page/login.tsx";
import { Card } from "./ui/card.tsx";
import { Header } from "./ui/header.tsx";
import { Problem } from "./ui/problem.tsx";

export function App() {
  const page = usePage();
  return page === "/invite" ? <InvitePage /> : <Console page={page} />;
}

function Console({ page }: { readonly page: PagePath }) {
  const { state, logIn, logOut, retry } = useSession();
  const isPastLogin = state.type === "in" && page === "/login";
  useEffect(() => {
    if (isPastLogin) replaceWith("/");
  }, [isPastLogin]);
  switch (state.type) {
    case "loading":
      return null;
    case "out":
      return <LoginPage logIn={logIn} reason={state.reason} />;
    case "unknown":
      return (
        <Card title="Not now">
          <Problem error={state.error} />
          <button type="button" className="primary" onClick={() => void retry()}>
            Try again
          </button>
          <button type="button" onClick={() => void logOut()}>
            Log out
          </button>
        </Card>
      );
    case "in":
      return (
        <>
          <Header page={page} session={state.session} logOut={logOut} />
          {page === "/activity" ? (
            <ActivityPage session={state.session} />
          ) : (
            <DatabasesPage session={state.session} />
          )}
        </>
      );
  }
}
