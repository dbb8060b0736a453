"""The page of a run, in a browser."""

from builders import code, markdown, notebook

from ssplab.notebooks.page import html_page

LONG = "a_name_of_a_function" * 5
WIDE = "|" + "a word in a column|" * 12


def test_it_does_not_scroll_sideways_on_a_telephone(window, tmp_path):
    table = f"{WIDE}\n{'|-' * 12}|\n{WIDE}\n"
    cells = markdown("# Pay"), code(f"{LONG} = 1", count=1), markdown(f"By `{LONG}`.\n\n{table}")
    path = tmp_path / "page.html"
    path.write_text(html_page(notebook(*cells), tmp_path), encoding="utf-8")
    context = window.new_context(viewport={"width": 360, "height": 800})
    try:
        shown = context.new_page()
        shown.goto(path.as_uri())
        assert shown.evaluate("document.documentElement.scrollWidth") == 360
        scrolls = shown.get_by_role("group", name="Table")
        assert scrolls.evaluate("one => one.scrollWidth > one.clientWidth")
    finally:
        context.close()
