"""The bundled readings are those of the bundled names, and loading them is what makes it quick."""

from resources.loader import read_csv
from resources.places import bundled_gazetteer
from speech.repair.spellings import name_sounds, read_out, spellings_of


def test_every_bundled_name_has_its_reading() -> None:
    written = {
        row["name"]: tuple(row["syllables"].split()) for row in read_csv("gazetteer", "readings.csv")
    }
    names = {spelling.text for spelling in spellings_of(bundled_gazetteer())}
    assert written.keys() == names, "run tools/build_readings.py"
    wrong = [name for name in sorted(names)[::7] if written[name] != read_out(name)]
    assert not wrong, "run tools/build_readings.py"


def test_names_of_the_city_are_read_as_the_city_reads_them() -> None:
    assert name_sounds("大栅栏街道") == ("da", "shi", "lan", "jie", "dao")
    assert name_sounds("长阳镇")[0] == "chang"


def test_an_unknown_name_is_read_out() -> None:
    assert name_sounds("火星基地") == ("huo", "xing", "ji", "di")
