import type { PagePath } from "@postern/core/api/console";
import { printableLine } from "@postern/core/printable";
import { mayReadActivity } from "../login/rights.ts";
import type { Session } from "../login/session.ts";
import { Link } from "./link.tsx";
import { Logo } from "./logo.tsx";
import { Problem } from "./problem.tsx";
import { useAction } from "./use-action.ts";

interface HeaderProps {
  readonly page: PagePath;
  readonly session: Session;
  readonly logOut: () => Promise<void>;
}

/** Which cluster this is, who is logged in, and where else to go. */
export function Header({ page, session, logOut }: HeaderProps) {
  const { user, cluster_name } = session.status;
  const { busy, error, run } = useAction();
  return (
    <>
      <header>
        <Logo />
        <nav aria-label="Pages">
          <Tab to="/" page={page} title="Databases" />
          {mayReadActivity(session) && <Tab to="/activity" page={page} title="Activity" />}
        </nav>
        <span className="who">
          <span className="cluster" title="Cluster">
            {printableLine(cluster_name)}
          </span>
          <span className="user">{printableLine(user)}</span>
          <button type="button" disabled={busy} onClick={() => void run(logOut)}>
            Log out
          </button>
        </span>
      </header>
      <Problem error={error} />
    </>
  );
}

function Tab({
  to,
  page,
  title,
}: {
  readonly to: PagePath;
  readonly page: PagePath;
  readonly title: string;
}) {
  return (
    <Link to={to} aria-current={page === to ? "page" : undefined}>
      {title}
    </Link>
  );
}
