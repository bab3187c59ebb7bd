// Starts the page's parts.
import { startActions } from "./actions.js";
import { wordsOf } from "./asking.js";
import { startCrops } from "./crop.js";
import { startFeeds } from "./feed.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";
import { toast } from "./toast.js";

startTheme();
startFeeds(document);
startActions();
startCrops(document);
startKeys();
document.addEventListener("htmx:afterSettle", (event) => {
  startFeeds(document);
  event.target.querySelector?.("[autofocus]")?.focus();
});
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => toast(wordsOf(xhr.responseText, xhr.getResponseHeader("Content-Type"))));
