"""Take out of style sheets what no page can match.

A selector stays if each class, id, tag and attribute that it names occurs in a page, or may come
from a script: what is kept too much costs bytes, what is dropped too much costs a reader.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import tinycss2
from tinycss2 import ast

# MathJax, whose scripts are not read, draws elements of its own at reading time.
DRAWN = ("mjx-",)

ALTERNATIVES = {"is", "where", "has", "matches", "host", "slotted"}
GROUPS = {"media", "supports", "layer", "container"}
WORD = re.compile(r"-{0,2}[A-Za-z_][\w-]*")


@dataclass
class Names:
    """What pages and their scripts name."""

    tags: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    """Of scripts and of `style` attributes: each may be any of these names."""
    _made: tuple | None = field(default=None, repr=False)

    def read_page(self, text: str) -> None:
        """Add what a page names; its inline scripts are read as scripts are."""
        reader = _Reader(self)
        reader.feed(text)
        reader.close()

    def read_script(self, text: str) -> None:
        """Add each word of a script; one that ends in a dash begins names, as `bs-` does."""
        self.words.update(WORD.findall(text))

    def know(self, kind: set[str], name: str) -> bool:
        """Return whether a name may occur."""
        return name in kind or name in self.words or name.startswith(self._beginnings)

    def know_attribute(self, name: str) -> bool:
        """Return whether an attribute may occur: scripts write `data-x-y` as `dataset.xY` too."""
        as_property = name.removeprefix("data-").replace("-", "")
        return self.know(self.attributes, name) or as_property in self._properties

    @property
    def _beginnings(self) -> tuple[str, ...]:
        return self._from_words()[0]

    @property
    def _properties(self) -> set[str]:
        return self._from_words()[1]

    def _from_words(self) -> tuple[tuple[str, ...], set[str]]:
        if self._made is None or self._made[0] != len(self.words):
            beginnings = {word for word in self.words if word.endswith("-") and word.strip("-")}
            properties = {word.lower() for word in self.words}
            self._made = (len(self.words), (*DRAWN, *sorted(beginnings)), properties)
        return self._made[1:]


class _Reader(HTMLParser):
    """Reads the names of a page; the text of `script` elements goes to the words."""

    def __init__(self, names: Names):
        super().__init__(convert_charrefs=False)
        self.names = names
        self.in_script = False

    def handle_starttag(self, tag, attributes):
        self.in_script = tag == "script"
        self.names.tags.add(tag)
        for name, value in attributes:
            self.names.attributes.add(name)
            if name == "class":
                self.names.classes.update((value or "").split())
            elif name == "id":
                self.names.ids.add(value)
            elif name == "style" or name.startswith(("on", "data-")):
                self.names.read_script(value or "")

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, text):
        if self.in_script:
            self.names.read_script(text)


def purge(rules: list, names: Names) -> list:
    """Return the rules that can match, each with the selectors that can.

    Parameters
    ----------
    rules : list of tinycss2 nodes
        As `tinycss2.parse_stylesheet` gives them. Those that stay are changed in place.
    names : Names
        What may occur.
    """
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [one for one in split(rule.prelude) if possible(one, names)]
            if not selectors:
                continue
            rule.prelude = join(selectors)
        elif rule.type == "at-rule" and rule.content is not None:
            if rule.lower_at_keyword in GROUPS:
                inner = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
                rule.content = purge([one for one in inner if one.type != "comment"], names)
                if not rule.content:
                    continue
        elif rule.type in {"comment", "whitespace"} and not is_notice(rule):
            continue
        kept.append(rule)
    return kept


def is_notice(node) -> bool:
    """Return whether a node is a comment that its author wants kept: a licence."""
    return node.type == "comment" and node.value.startswith("!")


def split(tokens: list) -> list[list]:
    """Return the selectors of a list that commas part."""
    parts = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return parts


def join(selectors: list[list]) -> list:
    """Return a list of selectors parted by commas."""
    tokens = list(selectors[0])
    for selector in selectors[1:]:
        tokens += [ast.LiteralToken(0, 0, ","), *selector]
    return tokens


def possible(selector: list, names: Names) -> bool:
    """Return whether an element can match: whether all that the selector names may occur."""
    before = None
    for token in selector:
        if token.type == "ident":
            if before == ".":
                known = names.know(names.classes, token.value)
            elif before == ":":  # a state, such as `hover`, or a part, such as `before`
                known = True
            else:
                known = names.know(names.tags, token.lower_value)
        elif token.type == "hash":
            known = names.know(names.ids, token.value)
        elif token.type == "[] block":
            named = next((one.lower_value for one in token.content if one.type == "ident"), "")
            known = names.know_attribute(named)
        elif token.type == "function" and token.lower_name in ALTERNATIVES:
            known = any(possible(one, names) for one in split(token.arguments))
        else:
            known = True
        if not known:
            return False
        before = token.value if token.type == "literal" else None
    return True


def drop_unread_properties(rules: list, names: Names) -> list:
    """Drop declarations of custom properties that nothing reads; return the rules not left empty.

    Parameters
    ----------
    rules : list of tinycss2 nodes
        The kept rules of all sheets. Changed in place.
    names : Names
        Scripts and `style` attributes may read properties too.
    """
    bodies = []
    for rule in walk(rules):
        if rule.type == "qualified-rule":
            body = tinycss2.parse_blocks_contents(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            if any(map(_custom, body)) and all(node.type == "declaration" for node in body):
                bodies.append((rule, body))
    changed = bodies
    while changed:
        used = set(names.words)
        for rule in walk(rules):
            _variables(rule.content or [], used)
        changed = []
        for rule, body in bodies:
            stay = [node for node in body if not _custom(node) or node.name in used]
            if len(stay) < len(body):
                changed.append(rule)
                body[:] = stay
                text = ";".join(node.serialize() for node in stay)
                rule.content = tinycss2.parse_component_value_list(text)
    return _without_empty(rules)


def _custom(node) -> bool:
    return node.type == "declaration" and node.name.startswith("--")


def walk(rules: list):
    """Give the rules that hold declarations, those in `@media` and the like among them."""
    for rule in rules:
        if _is_group(rule):
            yield from walk(rule.content)
        elif rule.type in {"qualified-rule", "at-rule"}:
            yield rule


def _is_group(rule) -> bool:
    return rule.type == "at-rule" and rule.lower_at_keyword in GROUPS and rule.content is not None


def _without_empty(rules: list) -> list:
    kept = []
    for rule in rules:
        if _is_group(rule):
            rule.content = _without_empty(rule.content)
        if (rule.type != "qualified-rule" and not _is_group(rule)) or rule.content:
            kept.append(rule)
    return kept


def _variables(nodes: list, found: set[str]) -> None:
    """Add the custom properties that `var()` reads, at any depth."""
    for node in nodes:
        if node.type == "function":
            if node.lower_name == "var":
                found.update(one.value for one in node.arguments if one.type == "ident")
            _variables(node.arguments, found)
        elif node.type.endswith("block"):
            _variables(node.content, found)


def plain_tokens(rules: list) -> set[str]:
    """Return the classes of code's tokens to which the sheets give the colour of their block.

    Pygments wraps each token in a span; those that change nothing are most of a page of code.
    """
    said: dict[str, dict[str, dict]] = {}  # of a class, by what stands before it; "" is the block
    elsewhere = set()
    for rule in walk(rules):
        for selector in split(rule.prelude) if rule.type == "qualified-rule" else []:
            text = tinycss2.serialize(selector).strip()
            if match := re.fullmatch(r"(.*\.highlight)(?: \.([\w-]+))?", text):
                place, name = match[1], match[2] or ""
                said.setdefault(name, {}).setdefault(place, {}).update(_declared(rule))
            else:
                elsewhere.update(re.findall(r"\.([\w-]+)", text))
    grounds = {place: body.get("color") for place, body in said.pop("", {}).items()}
    return {
        name
        for name, places in said.items()
        if name not in elsewhere
        and all(body == {"color": grounds.get(place)} for place, body in places.items())
    }


def _declared(rule) -> dict[str, str]:
    """Return the properties that a rule sets; of two of a name the last one counts."""
    return {
        node.lower_name: tinycss2.serialize(node.value).strip().lower()
        for node in tinycss2.parse_declaration_list(rule.content)
        if node.type == "declaration"
    }


def write(rules: list) -> str:
    """Return rules as text, one a line, without comments other than licences."""
    return "\n".join(tinycss2.serialize(_squeezed([rule])) for rule in rules) + "\n"


def _squeezed(nodes: list) -> list:
    """Return nodes, changed in place, without comments and with one blank for white space."""
    kept = []
    for node in nodes:
        if node.type == "comment" and not is_notice(node):
            continue
        if node.type == "whitespace":
            if kept and (kept[-1] == ";" or kept[-1].type == "whitespace"):
                continue
            node.value = " "
        for part in ("prelude", "content", "arguments"):
            if isinstance(getattr(node, part, None), list):
                setattr(node, part, _squeezed(getattr(node, part)))
        kept.append(node)
    return kept
