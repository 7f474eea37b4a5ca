"""Just enough C++ to judge its shape: text without comments and literals, and functions."""

import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'", re.DOTALL)
NOT_A_FUNCTION = re.compile(
    r"(^|[\s;}])(namespace|class|struct|union|enum|extern)\b[^()]*$|=\s*$|^\s*$|,\s*$|\(\s*$")


def without_comments(text, literals=True):
    """The code alone; line numbers stay. With literals=False string contents are removed too."""
    def blank(match):
        token = match.group()
        if not token.startswith(("//", "/*")):
            if literals:
                return token
            return '""' + "\n" * token.count("\n")
        return "\n" * token.count("\n")
    return TOKEN.sub(blank, text)


def functions(text):
    """(first line, lines) of every outermost function body. A brace opens a body when what stands
    before it, since the last ; { or }, has a parameter list and names no type or namespace. A brace
    right behind a word is an initializer; the rows of a table (`= {`) do not count."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: "\n" * m.group().count("\n"),
                  without_comments(text, literals=False), flags=re.MULTILINE)
    stack = []           # of the open braces: "body", "table", "initializer" or "other"
    head, line, start, table, rows = 0, 1, 0, 0, 0
    for index, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            before = code[head:index]
            if before and not before[-1].isspace():
                stack.append("initializer")
                continue
            is_body = "(" in before and not NOT_A_FUNCTION.search(before)
            if is_body and "body" not in stack:
                start, rows = line - before.lstrip().count("\n"), 0
                stack.append("body")
            elif before.rstrip().endswith("=") and "table" not in stack:
                table = line
                stack.append("table")
            else:
                stack.append("other")
            head = index + 1
        elif char == "}" and stack:
            kind = stack.pop()
            if kind == "table":
                rows += line - table
            if kind == "body":
                yield start, line - start + 1 - rows
            if kind != "initializer":
                head = index + 1
        elif char == ";":
            head = index + 1
