"""As `lazy_calls.py`, of the modules of strings, statistics, polynomials and complex results."""

EMATH = """
m.emath.arccos(c)
m.emath.arcsin(c)
m.emath.arctanh(c)
m.emath.log(c)
m.emath.log2(c)
m.emath.log10(c)
m.emath.logn(2j, c)
m.emath.power(c, 2.5)
m.emath.sqrt(c)
""".strip().splitlines()

#: Of `da.strings` and, but for `slice`, of `da.char`.
STRINGS = """
m.strings.add(a, a)
m.strings.capitalize(a)
m.strings.center(a, 9)
m.strings.count(a, 'b')
m.strings.decode(y)
m.strings.encode(a)
m.strings.endswith(a, 'b')
m.strings.equal(a, a)
m.strings.expandtabs(a)
m.strings.find(a, 'b')
m.strings.greater(a, a)
m.strings.greater_equal(a, a)
m.strings.index(a, '')
m.strings.isalnum(a)
m.strings.isalpha(a)
m.strings.isdecimal(a)
m.strings.isdigit(a)
m.strings.islower(a)
m.strings.isnumeric(a)
m.strings.isspace(a)
m.strings.istitle(a)
m.strings.isupper(a)
m.strings.less(a, a)
m.strings.less_equal(a, a)
m.strings.ljust(a, 9)
m.strings.lower(a)
m.strings.lstrip(a)
m.strings.multiply(a, 2)
m.strings.not_equal(a, a)
m.strings.partition(a, 'b')
m.strings.replace(a, 'a', 'xyz')
m.strings.rfind(a, 'b')
m.strings.rindex(a, '')
m.strings.rjust(a, 9)
m.strings.rpartition(a, 'b')
m.strings.rstrip(a)
m.strings.slice(a, 1)
m.strings.startswith(a, 'a')
m.strings.str_len(a)
m.strings.strip(a)
m.strings.swapcase(a)
m.strings.title(a)
m.strings.translate(a, str.maketrans('a', 'b'))
m.strings.upper(a)
m.strings.zfill(a, 9)
""".strip().splitlines()
CHAR = [line.replace("m.strings.", "m.char.") for line in STRINGS if ".slice(" not in line]
#: Functions whose results have no dtype that is known before, which say so.
REFUSED = "mod join split rsplit splitlines".split()  # noqa: SIM905

STATS = """
m.stats.chisquare(h)
m.stats.f_oneway(v, v)
m.stats.kurtosis(v)
m.stats.kurtosistest(t)
m.stats.moment(v, 2)
m.stats.normaltest(t)
m.stats.power_divergence(h)
m.stats.skew(v)
m.stats.skewtest(t)
m.stats.ttest_1samp(v, 0)
m.stats.ttest_ind(v, v)
m.stats.ttest_rel(v, v + 1)
""".strip().splitlines()

#: Functions of `numpy.polynomial`'s modules that take points: the ends of their names, and arguments.
SERIES = {
    "val": "(v, [1, 2, 3])",
    "val2d": "(v, v, [[1, 2], [3, 4]])",
    "val3d": "(v, v, v, [[[1, 2], [3, 4]]])",
    "grid2d": "(v, q, [[1, 2], [3, 4]])",
    "grid3d": "(v, q, q, [[[1, 2], [3, 4]]])",
    "vander": "(v, 3)",
    "vander2d": "(v, v, [1, 2])",
    "vander3d": "(v, v, v, [1, 2, 1])",
    "valfromroots": "(v, [1, 2])",
    "weight": "(q)",
}
