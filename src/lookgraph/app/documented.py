"""docs/settings.md, made from the settings themselves: `make docs`."""

from __future__ import annotations

from lookgraph.config import Settings, describe_settings


def settings_page() -> str:
    """The page, in Markdown; a test compares it with the file."""
    lines = [
        "# Settings",
        "",
        "Made by `make docs` from `src/lookgraph/config.py`. An option (`--set graph.k=20`) beats the environment",
        "(`LOOKGRAPH_GRAPH__K=20`), which beats a TOML file (`--config`), which beats the default. Such a file:",
        "",
        "```toml",
        "[graph]",
        "k = 20",
        "",
        "[recommend]",
        'space = "gnn"',
        "```",
        "",
        "A lookbook keeps the settings that it was built with: `build` takes them anew each time, `rebuild` goes on",
        "from the kept ones, `add`, `remove`, `report` and `evaluate` use them as they are. `serve` takes only those",
        "of `serve`.",
    ]
    section = ""
    for setting in describe_settings():
        if setting.name.partition(".")[0] != section:
            section = setting.name.partition(".")[0]
            doc = (Settings.model_fields[section].annotation.__doc__ or "").strip()
            lines += ["", f"## {section}", "", doc, "", "| setting | default | values | meaning |", "|---|---|---|---|"]
        lines.append(f"| `{setting.name}` | `{setting.default}` | {setting.values} | {setting.meaning} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(settings_page(), end="")
