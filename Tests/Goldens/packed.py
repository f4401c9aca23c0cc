"""Tables of numbers as Swift text literals, which compile in no time where array literals take seconds.

Swift reads them with `PackedNumbers`: five bits a character from the lowest on, `0`...`O` where a number ends, `P`...`o`
where it goes on.
"""

WIDTH = 104


def pack(numbers):
    text = []
    for number in numbers:
        while number > 31:
            text.append(chr(80 + (number & 31)))
            number >>= 5
        text.append(chr(48 + number))
    return "".join(text)


def literal(numbers):
    """The lines of a literal, for a declaration inside a type."""
    text = pack(numbers)
    lines = [text[i:i + WIDTH] for i in range(0, len(text), WIDTH)]
    return '#"""\n' + "".join(f"    {line}\n" for line in lines) + '    """#'


def steps(entries):
    """Entries (ascending number, ...) with the distance from the last one's in its place."""
    last, flat = 0, []
    for first, *rest in entries:
        flat += [first - last, *rest]
        last = first
    return flat
