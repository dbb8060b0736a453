"""What axe-core finds in a page that a browser shows."""

from axe_playwright_python.base import AXE_SCRIPT

# Rules that axe-core has, and leaves out by default.
RULES = {name: {"enabled": True} for name in ["label-content-name-mismatch", "target-size"]}
# The texts of a page by their look: all that their contrast follows from.
TEXTS = """() => {
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
  const texts = new Map();
  for (const element of document.body.querySelectorAll('*')) {
    const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const long = words.map((node) => node.data.trim()).join('').length > 1;  // axe judges no other
    if (!(long || element.matches('input, select, textarea'))) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const { color, fontSize, fontWeight, textShadow, webkitTextFillColor } = style;
    const own = [color, fontSize, fontWeight, textShadow, webkitTextFillColor, element.disabled];
    const look = [...own, ground(element)].join();
    texts.set(look, [...(texts.get(look) ?? []), element]);
  }
  return [...texts.values()];
}"""
# Contrast takes most of the time, and one text of each look tells it. Where axe-core cannot tell it
# from the first (it is clipped, or something lies over it), all of that look are judged.
CHECK = f"""async (rules) => {{
  const whole = await axe.run({{
    resultTypes: ['violations'],
    preload: false,  // style sheets are not what these rules read
    rules: {{ ...rules, 'color-contrast': {{ enabled: false }} }},
  }});
  const faults = whole.violations;
  const texts = ({TEXTS})();
  const judge = async (some) => {{
    const judged = new Set(some);
    const within = (element) => element && (judged.has(element) || within(element.parentElement));
    const exclude = texts.flat().filter((text) => !judged.has(text) && within(text));
    const told = await axe.run({{ include: some, exclude }}, {{
      resultTypes: ['violations', 'passes'],
      preload: false,
      elementRef: true,
      runOnly: ['color-contrast'],
    }});
    faults.push(...told.violations);
    const nodes = [...told.violations, ...told.passes].flatMap((rule) => rule.nodes);
    return new Set(nodes.map((node) => node.element));
  }};
  const told = await judge(texts.map(([first]) => first));
  const untold = texts.filter(([first]) => !told.has(first)).flatMap(([, ...rest]) => rest);
  if (untold.length) await judge(untold);
  return faults.flatMap(({{ id, impact, help, nodes }}) =>
    nodes.map(({{ target }}) => `${{id}} (${{impact}}) at ${{target.join(' ')}}: ${{help}}`));
}}"""


def findings(page):
    """Return what axe-core finds: the rule, its impact, the element, and what is asked for."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(CHECK, RULES)
