from ohmshot.report.page import render_page


def test_a_page_ends_with_readable_references_and_their_bibtex() -> None:
    page = render_page("page.html", ["wan2022neurram", "doi:10.9999/<mine>"])
    assert "Wan, Kubendran, Schaefer et al." in page
    assert "@article{wan2022neurram" in page
    assert "&lt;mine&gt;" in page
    assert "<mine>" not in page


def test_a_page_without_references_says_so() -> None:
    assert "no published numbers" in render_page("page.html", [])
