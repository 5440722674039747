#!/usr/bin/env python3
"""Checks that the reference data of this folder holds together.

    python3 seeds/check.py [FOLDER]

Prints every fault as `file:line: what is wrong  [the row]` and exits with 1, or prints how many rows each file has and exits
with 0. FOLDER is for checking a copy; without it the folder of this program is checked. README.md says what the columns mean.
"""

import csv
import datetime
import decimal
import io
import pathlib
import re
import sys
from collections import Counter

HEADERS = {
    "divisions.csv": ["code", "name", "level", "parent_code"],
    "province-tiles.csv": ["code", "short_name", "row", "col"],
    "organisations.csv": [
        "id", "code", "parent_code", "kind", "name", "short_name", "division_code", "subject_class",
    ],
    "disciplines.csv": ["code", "name"],
    "plan-indicators.csv": [
        "key", "name", "target", "unit", "comparison", "due", "document", "clause", "fed_by",
    ],
    "work-points.csv": ["no", "part", "title", "lead_department"],
    "working-days.csv": ["date", "kind", "occasion", "notice"],
}

# What the files hold today. A number that changes because the country or CAST changed is changed here in the same commit.
DIVISIONS = {"province": 34, "city": 333, "county": 2847}
ORGANISATIONS = {"headquarters": 1, "regional_association": 32, "national_society": 210}
DISCIPLINES = 62
PLAN_INDICATORS = 13
WORK_POINTS = 32

# The years that are announced, and the notice of the General Office of the State Council for each.
WORKING_DAYS = {"2024": "国办发明电〔2023〕7号", "2025": "国办发明电〔2024〕12号", "2026": "国办发明电〔2025〕7号"}
HOLIDAYS = {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}

OUTSIDE_MAINLAND = {"710000", "810000", "820000"}
MUNICIPALITIES = {"110000", "120000", "310000", "500000"}
CORPS_ASSOCIATION = "P-66"  # 新疆生产建设兵团科学技术协会: no division of its own, stands in Xinjiang
XINJIANG = "650000"
SUBJECT_CLASSES = {
    "A": "science", "B": "engineering", "C": "agriculture", "D": "medicine", "E": "interdisciplinary",
}

# Chinese characters only: no blank, no Latin letter, no full-width or private-use character.
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]+")
# Names of disciplines may enumerate: 畜牧、兽医科学.
CHINESE_LIST = re.compile(rf"{CHINESE.pattern}(、{CHINESE.pattern})*")
DIVISION_CODE = re.compile(r"[1-8][0-9]{5}")
SOCIETY_CODE = re.compile(r"([A-E])-[0-9]{2}[WG]?")
# Free text in Chinese or English: no blank at either end, no two in a row, no control or invisible character.
WORD = r"[^\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\ufeff]+"
TEXT = re.compile(rf"{WORD}( {WORD})*")


class Row(dict):
    """A line of a file, which remembers where it stands."""

    def __init__(self, file, line, fields):
        super().__init__(fields)
        self.file = file
        self.line = line


class Faults:
    """Collects what is wrong."""

    def __init__(self):
        self.messages = []

    def at(self, row, message):
        self.messages.append(f"{row.file}:{row.line}: {message}  [{','.join(row.values())}]")

    def of_file(self, file, message):
        self.messages.append(f"{file}: {message}")

    def unless(self, holds, row, message):
        if not holds:
            self.at(row, message)
        return bool(holds)


def read(folder, file, faults):
    """The rows of a file; none if the file itself is not as it must be."""
    try:
        raw = (folder / file).read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.of_file(file, f"cannot be read: {error}")
        return []
    if raw.startswith(b"\xef\xbb\xbf"):
        faults.of_file(file, "begins with a byte order mark")
    if b"\r" in raw or not raw.endswith(b"\n"):
        faults.of_file(file, "lines must end with LF, the last one too")
    try:
        # newline="" keeps a line break inside quotes as it is, so that it is seen and refused below.
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, [])
        if header != HEADERS[file]:
            faults.of_file(file, f"header is {header}, must be {HEADERS[file]}")
            return []
        rows = []
        for fields in reader:
            if len(fields) != len(header):
                faults.of_file(f"{file}:{reader.line_num}", f"has {len(fields)} fields, must have {len(header)}  {fields}")
                continue
            rows.append(Row(file, reader.line_num, zip(header, fields)))
    except csv.Error as error:
        faults.of_file(file, f"is not CSV: {error}")
        return []
    return rows


def check_unique(rows, column, faults):
    """No two rows have the same value in the column (empty fields apart)."""
    first = {}
    for row in rows:
        value = row[column]
        if value and value in first:
            faults.at(row, f"{column} {value} stands in line {first[value]} already")
        first.setdefault(value, row.line)


def check_numbers(rows, column, expected, faults):
    """So many rows of each kind, and no other kind."""
    if not rows:
        return
    found = Counter(row[column] for row in rows)
    for value in sorted(set(expected) | set(found)):
        if found[value] != expected.get(value, 0):
            faults.of_file(rows[0].file, f"{found[value]} rows with {column} '{value}', must be {expected.get(value, 0)}")


def check_number(file, rows, expected, faults):
    if len(rows) != expected:
        faults.of_file(file, f"{len(rows)} rows, must be {expected}")


def check_divisions(rows, faults):
    check_unique(rows, "code", faults)
    check_numbers(rows, "level", DIVISIONS, faults)
    earlier = {}
    siblings = {}
    for row in rows:
        code, level, parent_code = row["code"], row["level"], row["parent_code"]
        faults.unless(CHINESE.fullmatch(row["name"]), row, "name must be Chinese characters only")
        if not faults.unless(DIVISION_CODE.fullmatch(code), row, "code must be 6 digits"):
            continue
        shape = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
        faults.unless(level == shape, row, f"a code of this form is of level {shape}")
        parent = earlier.get(parent_code)
        if shape == "province":
            faults.unless(parent_code == "", row, "a province has no parent")
        elif faults.unless(parent is not None, row, f"parent '{parent_code}' does not stand in an earlier line"):
            province, city = code[:2] + "0000", code[:4] + "00"
            if shape == "city":
                faults.unless(parent_code == province, row, f"parent must be {province}")
                faults.unless(province not in MUNICIPALITIES, row, "a municipality has no units of prefecture level")
            elif city in earlier:
                faults.unless(parent_code == city, row, f"parent must be {city}")
            else:
                # Districts of a municipality, and counties and cities run by the province itself (xx90yy).
                direct = province in MUNICIPALITIES or code[2:4] == "90"
                faults.unless(parent_code == province, row, f"parent must be {province}")
                faults.unless(direct, row, f"the city {city} is missing")
            faults.unless(code[:2] + "0000" not in OUTSIDE_MAINLAND, row, "GB/T 2260 has no codes below this province")
        twin = siblings.setdefault((parent_code, row["name"]), row)
        faults.unless(twin is row, row, f"line {twin.line} has the same name below the same parent")
        earlier[code] = row


def check_tiles(rows, provinces, faults):
    check_unique(rows, "code", faults)
    check_unique(rows, "short_name", faults)
    taken = {}
    for row in rows:
        if faults.unless(row["code"] in provinces, row, "code is no province of divisions.csv"):
            faults.unless(CHINESE.fullmatch(row["short_name"]), row, "short_name must be Chinese characters only")
            name = provinces[row["code"]]
            faults.unless(name.startswith(row["short_name"]) and name != row["short_name"], row, f"is no short name of {name}")
        if faults.unless(
            re.fullmatch(r"[0-9]{1,2}", row["row"]) and re.fullmatch(r"[0-9]{1,2}", row["col"]), row,
            "row and col must be whole numbers from 0",
        ):
            tile = (int(row["row"]), int(row["col"]))
            other = taken.setdefault(tile, row)
            faults.unless(other is row, row, f"line {other.line} stands on this tile already")
    for code in sorted(set(provinces) - {row["code"] for row in rows}):
        faults.of_file("province-tiles.csv", f"no tile for {code} {provinces[code]}")


def check_organisations(rows, divisions, faults):
    check_unique(rows, "id", faults)
    check_unique(rows, "code", faults)
    check_unique(rows, "name", faults)
    check_unique(rows, "short_name", faults)
    check_numbers(rows, "kind", ORGANISATIONS, faults)
    earlier = set()
    last_id = ""
    for row in rows:
        code, kind, division_code = row["code"], row["kind"], row["division_code"]
        # Version 7 and the variant of RFC 9562, in the canonical lower-case form.
        faults.unless(
            re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", row["id"]),
            row, "id must be a UUID of version 7 in lower case",
        )
        faults.unless(row["id"] > last_id, row, "ids must rise from line to line")
        last_id = max(last_id, row["id"])
        faults.unless(CHINESE.fullmatch(row["name"]), row, "name must be Chinese characters only")
        faults.unless(row["short_name"] == "" or CHINESE.fullmatch(row["short_name"]), row, "short_name must be Chinese characters only")
        faults.unless(division_code == "" or division_code in divisions, row, f"division {division_code} is not in divisions.csv")
        if kind == "headquarters":
            faults.unless((code, row["parent_code"]) == ("CAST", ""), row, "headquarters has the code CAST and no parent")
            faults.unless(division_code == "110000", row, "headquarters stands in 110000")
        else:
            faults.unless(row["parent_code"] in earlier, row, f"parent '{row['parent_code']}' does not stand in an earlier line")
            faults.unless(row["parent_code"] == "CAST", row, "parent must be CAST")
        if kind == "regional_association":
            expected = XINJIANG if code == CORPS_ASSOCIATION else f"{code[2:]}0000"
            faults.unless(re.fullmatch(r"P-[0-9]{2}", code), row, "code must be P- and two digits")
            faults.unless(division_code == expected, row, f"division must be {expected}")
            faults.unless(division_code not in OUTSIDE_MAINLAND, row, "no association of CAST stands outside the mainland")
            faults.unless(row["short_name"], row, "short_name is missing")
            if code == CORPS_ASSOCIATION:
                faults.unless(row["name"] == "新疆生产建设兵团科学技术协会", row, "name does not fit the code")
            elif division_code in divisions:
                name = f"{divisions[division_code]}科学技术协会"
                faults.unless(row["name"] == name, row, f"name must be {name}")
        if kind == "national_society":
            match = SOCIETY_CODE.fullmatch(code)
            if faults.unless(match, row, "code must be a letter A to E, two digits and perhaps W or G"):
                expected = SUBJECT_CLASSES[match[1]]
                faults.unless(row["subject_class"] == expected, row, f"subject_class must be {expected}")
        else:
            faults.unless(row["subject_class"] == "", row, "only a society has a subject_class")
        earlier.add(code)


def check_disciplines(rows, faults):
    check_unique(rows, "code", faults)
    check_unique(rows, "name", faults)
    check_number("disciplines.csv", rows, DISCIPLINES, faults)
    for row in rows:
        faults.unless(re.fullmatch(r"[1-9][0-9]{2}", row["code"]), row, "code must be 3 digits")
        faults.unless(CHINESE_LIST.fullmatch(row["name"]), row, "name must be Chinese characters, or such joined by 、")
    if [row["code"] for row in rows] != sorted(row["code"] for row in rows):
        faults.of_file("disciplines.csv", "rows must be sorted by code")


def check_plan_indicators(rows, faults):
    check_unique(rows, "key", faults)
    check_unique(rows, "name", faults)
    check_number("plan-indicators.csv", rows, PLAN_INDICATORS, faults)
    for row in rows:
        faults.unless(re.fullmatch(r"[a-z][a-z0-9_]*", row["key"]), row, "key must be lower-case letters, digits and underscores")
        for column in ("name", "document", "clause", "fed_by"):
            faults.unless(TEXT.fullmatch(row[column]), row, f"{column} is empty or has a blank or an invisible character too many")
        if faults.unless(re.fullmatch(r"[0-9]+(\.[0-9]+)?", row["target"]), row, "target must be a number"):
            if row["unit"] == "percent":
                faults.unless(decimal.Decimal(row["target"]) <= 100, row, "target is over 100 percent")
        faults.unless(re.fullmatch(r"[a-z]+", row["unit"]), row, "unit must be a lower-case word")
        faults.unless(row["comparison"] in ("at_least", "about"), row, "comparison must be at_least or about")
        if row["due"]:
            try:
                # The form is checked by writing the date again: 20251231 would be read too.
                due = datetime.date.fromisoformat(row["due"]).isoformat()
            except ValueError:
                due = ""
            faults.unless(due == row["due"], row, "due must be a date, YYYY-MM-DD")


def check_working_days(rows, faults):
    """The days off and the make-up days of whole years: each make-up day is a weekend, each year has its seven holidays."""
    last, occasions = "", {}
    for row in rows:
        date, year = row["date"], row["date"][:4]
        faults.unless(date > last, row, "the days must be sorted, each once")
        last = date
        try:
            weekend = datetime.date.fromisoformat(date).weekday() >= 5
        except ValueError:
            faults.at(row, "date must be a day, YYYY-MM-DD")
            continue
        faults.unless(row["kind"] in {"holiday", "make_up"}, row, "kind must be holiday or make_up")
        faults.unless(row["kind"] == "holiday" or weekend, row, "a make-up day is a Saturday or Sunday")
        faults.unless(row["occasion"] in HOLIDAYS, row, "not one of the seven public holidays")
        faults.unless(row["notice"] == WORKING_DAYS.get(year), row, "not the notice for this year")
        if row["kind"] == "holiday":
            occasions.setdefault(year, set()).add(row["occasion"])
    for year in WORKING_DAYS:
        # A mid-autumn festival within the week of the national day may have no day of its own.
        missing = HOLIDAYS - occasions.get(year, set()) - {"中秋节"}
        if missing:
            faults.of_file("working-days.csv", f"{year} lacks {', '.join(sorted(missing))}")


def check_work_points(rows, faults):
    check_unique(rows, "title", faults)
    check_number("work-points.csv", rows, WORK_POINTS, faults)
    for expected, row in enumerate(rows, start=1):
        faults.unless(row["no"] == str(expected), row, f"no must be {expected}")
        for column in ("part", "title", "lead_department"):
            faults.unless(TEXT.fullmatch(row[column]), row, f"{column} is empty or has a blank or an invisible character too many")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    faults = Faults()
    files = {file: read(folder, file, faults) for file in HEADERS}
    divisions = {row["code"]: row["name"] for row in files["divisions.csv"]}
    provinces = {row["code"]: row["name"] for row in files["divisions.csv"] if row["level"] == "province"}
    check_divisions(files["divisions.csv"], faults)
    check_tiles(files["province-tiles.csv"], provinces, faults)
    check_organisations(files["organisations.csv"], divisions, faults)
    check_disciplines(files["disciplines.csv"], faults)
    check_plan_indicators(files["plan-indicators.csv"], faults)
    check_work_points(files["work-points.csv"], faults)
    check_working_days(files["working-days.csv"], faults)
    for message in faults.messages:
        print(message, file=sys.stderr)
    if faults.messages:
        print(f"{len(faults.messages)} faults", file=sys.stderr)
        return 1
    for file, rows in files.items():
        print(f"{file}: {len(rows)} rows, sound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
