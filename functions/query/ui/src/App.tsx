// Chooses the view by the path, inside the frame that all views share.
import { usePlace } from "./app/location.ts";
import { COMPARE, LOGS, TAIL, uidOf } from "./app/paths.ts";
import { Shell } from "./parts/Shell.tsx";
import { CompareView } from "./views/CompareView.tsx";
import { LogsView } from "./views/LogsView.tsx";
import { TailView } from "./views/TailView.tsx";
import { TransactionsView } from "./views/TransactionsView.tsx";
import { TransactionView } from "./views/TransactionView.tsx";

export function App() {
  const { path, query } = usePlace();
  const uid = uidOf(path);
  return (
    <Shell path={path} query={query}>
      {uid !== undefined ? (
        <TransactionView key={uid} uid={uid} query={query} />
      ) : path === LOGS ? (
        <LogsView query={query} />
      ) : path === TAIL ? (
        <TailView query={query} />
      ) : path === COMPARE ? (
        <CompareView query={query} />
      ) : (
        <TransactionsView query={query} />
      )}
    </Shell>
  );
}
