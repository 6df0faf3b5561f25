from ohmshot.report.page import references_section


def test_a_page_ends_with_readable_references_and_their_bibtex() -> None:
    section = references_section(["wan2022neurram", "doi:10.9999/<mine>"])
    assert "Wan, Kubendran, Schaefer et al." in section
    assert "@article{wan2022neurram" in section
    assert "&lt;mine&gt;" in section
    assert "<mine>" not in section


def test_a_page_without_references_says_so() -> None:
    assert "no published numbers" in references_section([])
