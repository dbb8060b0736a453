"""What axe-core finds in a page that a browser shows."""

from axe_playwright_python.base import AXE_SCRIPT

# Rules that axe-core has, and leaves out by default.
RULES = {name: {"enabled": True} for name in ["label-content-name-mismatch", "target-size"]}
# Of rules, those that judge what is seen; what no colour and no width changes are names, roles and
# their order.
SEEN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
# Two of them compare colours, which takes most of the time, and judge alike what looks alike: the
# contrast of a text with what is behind it, and of a link with the text that it stands in. Here are
# the elements that each judges, by their look: all that its judgement follows from.
ALIKE = """() => {
  const numbers = new Map();
  const number = (value) => numbers.get(value) ?? numbers.set(value, numbers.size).get(value);
  const grounds = new Map([[null, '']]);
  const ground = (element) => {  // the colours behind, and what may lie over or under others
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position }
        = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter, mixBlendMode].join();
      const shown = own === 'rgba(0, 0, 0, 0),none,1,none,normal' ? [] : [own];
      if (!['static', 'relative'].includes(position)) shown.push(element);
      grounds.set(element, [ground(element.parentElement), ...shown.map(number)].join('/'));
    }
    return grounds.get(element);
  };
  const text = (element) => {
    const { color, fontSize, fontWeight, textShadow, webkitTextFillColor }
      = getComputedStyle(element);
    const own = [color, fontSize, fontWeight, textShadow, webkitTextFillColor, element.disabled];
    return [...own, ground(element)].join();
  };
  const distinct = (element) => {  // what tells a link from its text, beside the colour
    const { fontFamily, fontStyle, textDecoration, border, outline } = getComputedStyle(element);
    return [text(element), fontFamily, fontStyle, textDecoration, border, outline].join();
  };
  const block = (element) => getComputedStyle(element).display === 'inline'
    ? block(element.parentElement) : element;
  const link = (element) =>
    [element.className, distinct(element), distinct(block(element.parentElement))].join();
  const shown = (element) => {
    const { width, height, left, right } = element.getBoundingClientRect();
    return width > 1 && height > 1 && right > 0 && left < innerWidth  // or out of sight on purpose
      && element.checkVisibility({ visibilityProperty: true });
  };
  const has_text = (element) => {
    const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const long = words.map((node) => node.data.trim()).join('').length > 1;  // axe judges no other
    return long || element.matches('input, select, textarea');
  };
  const alike = (elements, look) => {
    const groups = new Map();
    for (const element of elements) {
      if (!shown(element)) continue;
      const own = look(element);
      groups.set(own, [...(groups.get(own) ?? []), element]);
    }
    return [...groups.values()];
  };
  return {
    'color-contrast': alike([...document.body.querySelectorAll('*')].filter(has_text), text),
    'link-in-text-block': alike(document.body.querySelectorAll('a[href]'), link),
  };
}"""
# Of each look one element is judged, with all other rules. Where axe-core cannot tell it from that
# one (it is clipped, or something lies over it), two others, and then all of that look.
CHECK = f"""async (options) => {{
  const looks = Object.entries(({ALIKE})());
  axe.configure({{ rules: looks.map(([id]) => ({{ id, selector: `[data-judge~=${{id}}]` }})) }});
  axe.addReporter('told', (results, _, done) => {{
    // Before axe-core says at what place: it would name this attribute too.
    for (const element of document.querySelectorAll('[data-judge]')) delete element.dataset.judge;
    done(results.map(({{ id, impact, help, violations, passes }}) => ({{
      id,
      faults: violations.map(({{ node }}) =>
        `${{id}} (${{impact}}) at ${{node.selector.join(' ')}}: ${{help}}`),
      told: new Set([...violations, ...passes].map(({{ node }}) => node.element)),
    }})));
  }});
  const faults = [];
  const judge = async (pick, options) => {{
    for (const [id, groups] of looks)
      for (const {{ dataset }} of groups.flatMap(pick))
        dataset.judge = `${{dataset.judge}} ${{id}}`;
    const results = await axe.run({{ ...options, preload: false, reporter: 'told' }});
    faults.push(...results.flatMap((rule) => rule.faults));
    for (const look of looks) {{
      const {{ told }} = results.find(({{ id }}) => id === look[0]);
      look[1] = look[1].filter((group) => !group.some((element) => told.has(element)));
    }}
  }};
  await judge((group) => [group[group.length >> 1]], options);
  const runOnly = looks.map(([id]) => id);
  if (looks.some(([, groups]) => groups.length))
    await judge((group) => [group[0], group.at(-1)], {{ runOnly }});
  if (looks.some(([, groups]) => groups.some((group) => group.length > 3)))
    await judge((group) => group, {{ runOnly }});
  return faults;
}}"""


def findings(page, rules=None):
    """Return what axe-core finds: the rule, its impact, the element, and what is asked for.

    Parameters
    ----------
    page : playwright.sync_api.Page
    rules : list of str, optional
        The rules that are held, such as `SEEN`; all by default.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(CHECK, {"rules": RULES} if rules is None else {"runOnly": rules})
