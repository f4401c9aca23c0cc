"""Renders templates as transformers does, with a fixed date."""

import datetime

from transformers.utils import chat_template_utils

DATE = datetime.datetime(2024, 7, 26)


def compile_template(source, date=DATE):
    template = chat_template_utils._compile_jinja_template(source)
    template.globals["strftime_now"] = lambda format: date.strftime(format)
    return template


def render(source, variables):
    """The text, or None where reading or rendering fails."""
    try:
        return compile_template(source).render(**variables), None
    except Exception as error:
        return None, error
