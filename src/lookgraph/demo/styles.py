"""Twelve styles, each a distribution over kinds, colours, prints, fabrics, fit, formality and price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


def _even(words: str) -> dict[str, float]:
    """``"black*3, white"`` as weights."""
    pairs = (part.strip().partition("*") for part in words.split(","))
    return {name: float(weight or 1) for name, _, weight in pairs}


@dataclass(frozen=True)
class Style:
    """What a style prefers. Weights need not sum to anything; what is not named has a little weight everywhere.

    Attributes:
        colours: Of the main cloth.
        accents: Of prints and trims.
        prints: Kinds of print; ``plain`` competes with them.
        fabrics: Times the kind's own weights.
        kinds: Times the kind's own weight.
        fit: 0 close to 1 wide.
        formality: 0 sport to 1 black tie; its own distribution is this, give or take 0.1.
        price: Times the kind's price.
    """

    colours: dict[str, float]
    accents: dict[str, float]
    prints: dict[str, float]
    fabrics: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, float] = field(default_factory=dict)
    fit: float = 0.4
    formality: float = 0.4
    price: float = 1.0


STYLES: Final[dict[str, Style]] = {
    "minimal": Style(
        _even("white*3, black*3, grey*2, light grey*2, cream*2, off-white*2, beige*2, navy, camel, sage"),
        _even("white, black, grey, cream"),
        _even("plain*12, fine stripes, pinstripes"),
        _even("poplin*2, wool*2, fine knit*2, silk*2, leather"),
        _even("t-shirt*2, shirt*2, trousers*3, coat*2, tote bag*2, sneakers, shift dress*2, slip dress*2, sweater*2"),
        0.45, 0.5, 1.3,
    ),
    "streetwear": Style(
        _even("black*4, grey*2, white*2, olive, khaki, red, cobalt, orange, cream"),
        _even("white*2, black*2, red, yellow, orange, turquoise"),
        _even("plain*7, camouflage*2, tie-dye, colour-block, logo*5"),
        _even("cotton*2, fleece*2, nylon*2, denim"),
        _even(
            "hoodie*5, t-shirt*3, sneakers*5, joggers*4, bomber jacket*2, cap*4, beanie*3, backpack*3, "
            "puffer jacket*3, bucket hat*2"
        ),
        0.95, 0.15, 1.0,
    ),
    "preppy": Style(
        _even("navy*4, white*3, light blue*2, burgundy*2, forest green*2, camel*2, pink, yellow, red"),
        _even("white*3, navy*3, red, burgundy, yellow, forest green"),
        _even("plain*5, stripes*2, argyle*3, tartan*2, gingham*2, shirting stripes*3, glen check, breton stripes"),
        _even("poplin*2, cable knit*4, twill*2, tweed, wool"),
        _even(
            "polo*4, shirt*3, sweater*3, cardigan*3, blazer*3, pleated skirt*4, loafers*5, tie*4, "
            "trousers*2, socks*2"
        ),
        0.3, 0.6, 1.2,
    ),
    "boho": Style(
        _even(
            "rust*3, cream*3, terracotta*3, mustard*3, olive*2, brown*2, off-white*2, sage*2, teal, "
            "burgundy, apricot"
        ),
        _even("cream*2, mustard*2, rust*2, teal, burgundy, olive"),
        _even("plain*3, paisley*4, floral*3, ditsy floral*3, leaves*2, abstract, flecks"),
        _even("linen*3, suede*4, viscose*3, knit*2, cotton"),
        _even(
            "flared dress*4, blouse*4, skirt*3, sandals*4, wide-brim hat*4, crossbody bag*3, cardigan*2, "
            "scarf*2, boots*2"
        ),
        0.75, 0.3, 0.9,
    ),
    "formal": Style(
        _even("black*4, navy*4, charcoal*4, white*3, grey*2, burgundy, light blue, emerald"),
        _even("white*2, burgundy, navy, silver, light blue"),
        _even("plain*7, pinstripes*3, glen check*2, windowpane, shirting stripes*2, pin dots*2, houndstooth"),
        _even("wool*4, poplin*3, silk*2, satin*2, gabardine*2, patent leather*2, leather*2"),
        _even("blazer*5, shirt*4, trousers*5, tie*5, pumps*4, loafers*3, coat*2, shift dress*3, handbag*3, belt*2"),
        0.2, 0.9, 1.6,
    ),
    "sporty": Style(
        _even("black*3, white*2, grey*2, cobalt*2, red*2, navy*2, turquoise, mint, orange, hot pink"),
        _even("white*3, black*2, yellow, orange, turquoise, hot pink"),
        _even("plain*8, colour-block*3, logo*3, abstract"),
        _even("nylon*4, mesh*2, jersey*3, fleece*2"),
        _even(
            "leggings*6, joggers*4, sneakers*6, tank top*3, shorts*3, hoodie*2, cap*3, backpack*2, "
            "puffer jacket, socks*3, t-shirt*2"
        ),
        0.45, 0.05, 0.9,
    ),
    "vintage": Style(
        _even(
            "mustard*3, rust*2, olive*2, brown*3, teal*2, cream*3, burgundy*2, denim blue*2, forest green, "
            "terracotta"
        ),
        _even("cream*3, brown, mustard, teal, red, navy"),
        _even(
            "plain*3, polka dots*3, houndstooth*2, glen check*2, tartan, floral*2, windowpane, chevron, "
            "two-colour stripes*2"
        ),
        _even("corduroy*4, tweed*3, wool*2, suede*2, denim*2, knit*2"),
        _even(
            "flared dress*3, cardigan*3, skirt*3, coat*2, loafers*2, handbag*3, jeans*2, shirt dress*2, "
            "scarf*2, sunglasses*2"
        ),
        0.45, 0.45, 0.9,
    ),
    "goth": Style(
        _even("black*10, charcoal*2, burgundy*2, plum*2, purple"),
        _even("black*2, burgundy*2, white, silver, purple"),
        _even("plain*9, tartan, stars, stripes, wide stripes"),
        _even("leather*4, velvet*4, patent leather*3, lace, denim, satin*2"),
        _even(
            "biker jacket*5, boots*6, slip dress*4, skirt*2, belt*3, t-shirt*2, coat*2, jeans, leggings, "
            "sunglasses*2"
        ),
        0.3, 0.4, 1.0,
    ),
    "romantic": Style(
        _even("blush*4, pink*3, cream*3, lilac*3, lavender*2, white*2, mint, sky blue*2, red, coral, apricot"),
        _even("white*2, pink*2, red, sage, lilac, cream"),
        _even("plain*3, ditsy floral*5, floral*4, big floral*2, polka dots*2, pin dots*2, gingham"),
        _even("silk*3, viscose*3, satin*2, fine knit*2, poplin"),
        _even("flared dress*5, blouse*5, slip dress*3, skirt*3, pumps*3, cardigan*2, handbag*2, pleated skirt*2"),
        0.45, 0.5, 1.0,
    ),
    "workwear": Style(
        _even("denim blue*3, indigo*3, khaki*3, olive*3, brown*2, tan*2, navy*2, charcoal, cream, rust"),
        _even("cream*2, navy, brown, red, mustard"),
        _even("plain*9, buffalo check*3, tartan*3, deckchair stripes"),
        _even("denim*4, canvas*4, twill*3, corduroy*2, leather*2, knit"),
        _even(
            "denim jacket*4, jeans*5, shirt*3, boots*5, beanie*3, backpack*2, trousers*2, belt*3, tote bag, "
            "sweater*2"
        ),
        0.6, 0.2, 0.9,
    ),
    "resort": Style(
        _even("white*4, turquoise*2, coral*3, yellow*2, sky blue*3, mint*2, orange, lemon*2, hot pink, sand*2, cobalt"),
        _even("white*3, turquoise*2, coral*2, yellow*2, green*2, hot pink"),
        _even(
            "plain*3, leaves*5, big floral*3, deckchair stripes*3, breton stripes*2, tie-dye, abstract*2, "
            "wide stripes"
        ),
        _even("linen*5, cotton*2, viscose*2, straw*3, silk"),
        _even(
            "shorts*4, shirt*2, sandals*5, wide-brim hat*4, tank top*2, flared dress*3, sunglasses*4, "
            "tote bag*3, shirt dress*2, bucket hat"
        ),
        0.7, 0.25, 0.95,
    ),
    "Y2K": Style(
        _even("hot pink*3, lilac*3, silver*3, sky blue*3, white*2, black*2, mint*2, fuchsia*2, denim blue*2, lemon"),
        _even("white*2, hot pink*2, silver, black, turquoise"),
        _even("plain*4, leopard*3, zebra*2, stars*3, logo*3, argyle, lurex*2, camouflage"),
        _even("velvet*2, denim*2, satin*2, patent leather*2, jersey*2, nylon"),
        _even(
            "t-shirt*3, tank top*4, jeans*3, skirt*4, crossbody bag*4, sunglasses*4, sneakers*2, "
            "bucket hat*2, leggings, cardigan"
        ),
        0.25, 0.25, 0.8,
    ),
}  # fmt: skip
STYLE_NAMES: Final = tuple(STYLES)
