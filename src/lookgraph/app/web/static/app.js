// Starts the page's parts.
import { startActions } from "./actions.js";
import { startCrops } from "./crop.js";
import { startFeeds } from "./feed.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";

startTheme();
startFeeds(document);
startActions();
startCrops(document);
startKeys();
document.addEventListener("htmx:afterSettle", (event) => {
  startFeeds(document);
  event.target.querySelector?.("[autofocus]")?.focus();
});
