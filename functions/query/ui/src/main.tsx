// Starts the page.
import { render } from "preact";
import { App } from "./App.tsx";
import { data, useSignIn } from "./api/client.ts";
import { isAnswer } from "./api/sign-in.ts";
import { startInFile } from "./app/location.ts";
import { transactionPath } from "./app/paths.ts";
import { applyTheme, theme } from "./app/settings.ts";

if (data) startInFile(transactionPath(data.uid));
// The address is the provider's answer: it has to be read before a view takes it for its own.
else if (isAnswer()) await useSignIn();
applyTheme(theme());
const root = document.getElementById("app");
if (root) render(<App />, root);
