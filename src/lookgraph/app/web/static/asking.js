// Requests of scripts, and the server's own words on why it refused one.
import { toast } from "./toast.js";

export class Refusal extends Error {}

/** The answer; a Refusal in the server's words where it is an error. */
export async function ask(url, { headers, ...options } = {}) {
  const answer = await fetch(url, { headers: { "X-Part": "1", ...headers }, ...options });
  if (!answer.ok) throw new Refusal(wordsOf(await answer.text(), answer.headers.get("Content-Type")));
  return answer;
}

/** What an error's text, a page's part or problem+json, says to people. */
export function wordsOf(text, type) {
  if (type?.includes("json")) {
    const { detail, remedy } = JSON.parse(text);
    return `${detail}. What to do: ${remedy}.`;
  }
  const template = document.createElement("template");
  template.innerHTML = text;
  return (template.content.querySelector(".problem")?.textContent ?? template.content.textContent).replace(/\s+/g, " ").trim();
}

/** Say why something failed. */
export const failed = (error) => toast(error instanceof Refusal ? error.message : "That did not work. Please try again.");
